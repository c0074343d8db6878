/* flock, the CNI plugin: carries one CNI call to flockd over flockd's unix socket, and prints the answer.
 * In: the CNI_* variables, and the network configuration on standard input (CNI specification 1.1.0, section 2), of which
 * only the top-level keys `socket` and `cniVersion` are read.
 * Wire: one HTTP request, POST /cni. Its body is every CNI_* variable as KEY=VALUE and a NUL, one more NUL, and standard
 * input byte for byte; src/cni/body.ts reads it.
 * Out: the body of flockd's answer, or a CNI error of our own. The exit status is 0 only for success. */
#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "json.h"

#ifndef SECOND_MS
#define SECOND_MS 1000 /* the tests of the deadlines compile with less */
#endif

enum { ENVIRONMENT_MAX = 128 * 1024, TEXT_MAX = 1024 * 1024, HEAD_MAX = 256 }; /* bytes; text: standard input, answer */
enum { BAD_ENVIRONMENT = 4, UNDECODABLE = 6, BAD_CONFIGURATION = 7, TRY_AGAIN = 11 }; /* CNI specification, section 5 */

/* The values of CNI_COMMAND, and how long each may take until flockd has answered: less than what a kubelet gives, which is
 * 4 minutes to RunPodSandbox and 2 to every other call. STATUS is asked for every few seconds. */
static const struct verb { const char *name; int seconds; } verbs[] = {
  {"ADD", 90}, {"DEL", 60}, {"CHECK", 30}, {"GC", 60}, {"STATUS", 10}, {"VERSION", 10},
};
enum { OUTPUT_SECONDS = 10 };

static const struct verb *verb;
static const char *source = "standard input"; /* what is waited for, for messages */
static char version[64] = "1.1.0";            /* the call's cniVersion, for answers of our own */
static char socket_path[sizeof((struct sockaddr_un *)0)->sun_path] = "/run/flock/flock.sock";
static char body[ENVIRONMENT_MAX + 1 + TEXT_MAX + 1]; /* of the request: variables, a NUL, standard input */
static char request[HEAD_MAX + sizeof body];
static char answer[TEXT_MAX + 1];
static volatile sig_atomic_t expired; /* whether the deadline of the verb has passed */

static void expire(int signal) {
  (void)signal;
  expired = 1;
}

/* Has SIGALRM come after some seconds, and then every 100 ms: it interrupts the system call that waits, and one that comes
 * between a check of `expired` and such a call would be lost. */
static void set_deadline(int seconds, void (*handler)(int)) {
  const int ms = seconds * SECOND_MS;
  const struct sigaction action = {.sa_handler = handler}; /* without SA_RESTART */
  const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}, .it_interval = {0, 100 * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL); /* first, so that no signal of the timer before meets the new handler */
  sigaction(SIGALRM, &action, NULL);
}

/* Prints a JSON string. What is not ASCII becomes a question mark, since nothing has checked that it is UTF-8. */
static void put_string(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x20) printf("\\u%04x", byte);
    else if (byte == '"' || byte == '\\') printf("\\%c", byte);
    else putchar(byte < 0x7f ? byte : '?');
  }
  putchar('"');
}

/* From here on SIGALRM ends the process: a runtime that does not read what we print must not keep us for ever. */
static void begin_output(void) { set_deadline(OUTPUT_SECONDS, SIG_DFL); }

static _Noreturn void finish(int status) {
  if (fflush(stdout) != 0 || ferror(stdout)) status = 1;
  exit(status);
}

/* Prints a CNI error and ends. `error` is an errno, whose text becomes the details, or 0. */
__attribute__((format(printf, 3, 4))) static _Noreturn void fail(int code, int error, const char *format, ...) {
  char message[1024]; /* a longer one is cut off */
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  begin_output();
  fputs("{\"cniVersion\":", stdout);
  put_string(version);
  printf(",\"code\":%d,\"msg\":", code);
  put_string(message);
  fputs(",\"details\":", stdout);
  put_string(error == 0 ? "" : strerror(error));
  puts("}");
  finish(1);
}

/* Called before every system call that may wait, and again when a signal has interrupted it. */
static void check_deadline(void) {
  if (expired) fail(TRY_AGAIN, 0, "no end of %s within %d s", source, verb->seconds);
}

/* Reads `fd` to its end into a buffer of TEXT_MAX + 1 bytes. Fails with `code` when it cannot, or when that is too much.
 * ECONNRESET is an end: a flockd that closes before it has read the whole request has still answered. */
static size_t read_all(int fd, char *to, int code) {
  size_t length = 0;
  while (length <= TEXT_MAX) {
    check_deadline();
    ssize_t count = read(fd, to + length, TEXT_MAX + 1 - length);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return length;
    if (count < 0 && errno != EINTR) fail(code, errno, "cannot read %s", source);
    if (count > 0) length += (size_t)count;
  }
  fail(code, EMSGSIZE, "more than 1 MiB from %s", source);
}

static int connect_to_flockd(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, socket_path, sizeof address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  while (fd >= 0) {
    check_deadline();
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    if (errno != EINTR) break;
  }
  fail(TRY_AGAIN, errno, "cannot reach flockd on %s: is it running?", socket_path);
}

/* Sends the request, or as much of it as flockd takes: it may answer and close before it has read everything. */
static void send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    check_deadline();
    ssize_t count = send(fd, data, length, MSG_NOSIGNAL);
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (count < 0 && errno != EINTR) fail(TRY_AGAIN, errno, "cannot send to flockd on %s", socket_path);
    if (count < 0) continue;
    data += count;
    length -= (size_t)count;
  }
}

/* Sends the first `length` bytes of `body`, and returns how many bytes of `answer` have come. To a client of HTTP/1.0 nothing
 * is sent in chunks, and the end of the connection ends the answer (RFC 9112, sections 6.1 and 9.3). */
static size_t exchange(size_t length) {
  static const char format[] = "POST /cni HTTP/1.0\r\nContent-Type: application/x-flock-cni\r\nContent-Length: %zu\r\n\r\n";
  source = socket_path;
  int head = snprintf(request, HEAD_MAX, format, length);
  if (head < 0 || head >= HEAD_MAX) fail(TRY_AGAIN, 0, "the head of the request exceeds %d bytes", HEAD_MAX);
  memcpy(request + head, body, length);
  int fd = connect_to_flockd();
  send_all(fd, request, (size_t)head + length);
  return read_all(fd, answer, TRY_AGAIN);
}

/* The status code of an answer (RFC 9112, section 4), or 0 when it does not begin with a status line of HTTP/1.0 or 1.1. */
static int status_of(const char *head, size_t length) {
  if (length < 12 || (memcmp(head, "HTTP/1.0 ", 9) != 0 && memcmp(head, "HTTP/1.1 ", 9) != 0)) return 0;
  const char digits[] = {head[9], head[10], head[11], '\0'};
  return atoi(digits);
}

/* Whether a body is as long as the Content-Length in the head says (RFC 9112, section 6.3), where there is one. */
static bool is_whole(const char *head, size_t head_length, size_t body_length) {
  static const char name[] = "\r\nContent-Length:";
  for (size_t i = 0; i + sizeof name - 1 < head_length; i++) {
    if (strncasecmp(head + i, name, sizeof name - 1) != 0) continue;
    char *end;
    unsigned long stated = strtoul(head + i + sizeof name - 1, &end, 10);
    end += strspn(end, " \t");
    if (*end != '\r' || stated != body_length) return false;
  }
  return true;
}

/* Prints the body of the answer, a CNI error unless the status is 200. Only an ADD may not be answered with nothing. */
static _Noreturn void print_answer(size_t length) {
  struct json_field fields[] = {{.name = "cniVersion"}, {.name = "msg"}};
  const char *head_end = memmem(answer, length, "\r\n\r\n", 4);
  int status = head_end == NULL ? 0 : status_of(answer, length);
  if (status == 0) fail(TRY_AGAIN, 0, "flockd on %s ended without an answer (%zu bytes)", socket_path, length);
  const char *text = head_end + 4;
  size_t text_length = length - (size_t)(text - answer);
  if (!is_whole(answer, (size_t)(head_end - answer) + 2, text_length))
    fail(TRY_AGAIN, 0, "truncated answer on %s (HTTP status %d): is it flockd?", socket_path, status);
  bool is_object = json_scan_object(text, text_length, fields, 2);
  bool is_result = is_object && status == 200 && fields[0].value != NULL;
  bool is_error = is_object && status != 200 && fields[1].value != NULL;
  bool is_silence = text_length == 0 && status == 200 && strcmp(verb->name, "ADD") != 0;
  if (!is_result && !is_error && !is_silence)
    fail(TRY_AGAIN, 0, "no CNI answer on %s (HTTP status %d): is it flockd?", socket_path, status);
  begin_output();
  fwrite(text, 1, text_length, stdout);
  finish(status == 200 ? 0 : 1);
}

static const struct verb *find_verb(const char *command) {
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (command != NULL && strcmp(command, verbs[i].name) == 0) return &verbs[i];
  fail(BAD_ENVIRONMENT, 0, "CNI_COMMAND is \"%s\", not ADD, DEL, CHECK, GC, STATUS, VERSION", command ? command : "");
}

/* Puts the CNI_* variables and the NUL that ends them into `body`, and returns how many bytes that are. */
static size_t put_environment(void) {
  extern char **environ;
  size_t length = 0;
  for (char **entry = environ; *entry != NULL; entry++) {
    if (strncmp(*entry, "CNI_", 4) != 0) continue;
    size_t size = strlen(*entry) + 1;
    if (size > ENVIRONMENT_MAX - length) fail(BAD_ENVIRONMENT, 0, "the CNI_* variables exceed 128 KiB");
    memcpy(body + length, *entry, size);
    length += size;
  }
  body[length] = '\0';
  return length + 1;
}

/* Reads a string of the network configuration; `out` keeps what it holds when the field is absent. */
static void read_field(const struct json_field *field, char *out, size_t room) {
  char text[sizeof socket_path]; /* the longest of them, and apart, so that a failure prints the former version */
  if (field->value == NULL) return;
  if (room > sizeof text || !json_read_string(field->value, field->end, text, room))
    fail(BAD_CONFIGURATION, 0, "network configuration: %s is no string of at most %zu bytes", field->name, room - 1);
  strcpy(out, text); /* fits: shorter than room */
}

int main(void) {
  struct json_field fields[] = {{.name = "socket"}, {.name = "cniVersion"}};
  verb = find_verb(getenv("CNI_COMMAND"));
  signal(SIGPIPE, SIG_IGN); /* a runtime that does not read us shows as an error of fflush() */
  set_deadline(verb->seconds, expire);
  size_t before = put_environment();
  char *configuration = body + before;
  size_t length = read_all(STDIN_FILENO, configuration, UNDECODABLE);
  bool asks_version = strcmp(verb->name, "VERSION") == 0;
  bool is_blank = strspn(configuration, " \t\r\n") == length; /* `body` ends with a NUL that nothing overwrites */
  if (!json_scan_object(configuration, length, fields, 2) && !(asks_version && is_blank))
    fail(UNDECODABLE, 0, "the network configuration on standard input is no JSON object");
  read_field(&fields[1], version, sizeof version);
  if (asks_version) {
    begin_output();
    fputs("{\"cniVersion\":", stdout);
    put_string(version);
    puts(",\"supportedVersions\":[\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
    finish(0);
  }
  read_field(&fields[0], socket_path, sizeof socket_path);
  if (socket_path[0] != '/')
    fail(BAD_CONFIGURATION, 0, "network configuration: socket is \"%s\", no absolute path", socket_path);
  print_answer(exchange(before + length));
}
