/* flock, the CNI plugin: carries one CNI call to flockd over its unix socket and prints the answer.
 * In: CNI_* variables and the network configuration on standard input (CNI specification 1.1.0, section 2), of which
 * only the top-level keys `socket` and `cniVersion` are read; as in JSON.parse the last of two equal keys counts.
 * Wire: POST /cni, body = every CNI_* variable as KEY=VALUE and a NUL, one NUL, standard input byte for byte.
 * Out: the daemon's answer, or a CNI error of our own; exit status 0 only for success. VERSION needs no daemon. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD_MAX = 256, ENVIRONMENT_MAX = 131072, TEXT_MAX = 1048576, MAX_DEPTH = 128 }; /* bytes; TEXT: stdin, answer */
enum { BAD_ENVIRONMENT = 4, UNDECODABLE = 6, BAD_CONFIGURATION = 7, TRY_AGAIN = 11 }; /* the specification's errors */
/* A kubelet gives RunPodSandbox 4 minutes and every other call 2; STATUS is asked for every few seconds. */
static const struct verb { const char *name; int seconds; } verbs[] = {
  {"ADD", 90}, {"DEL", 60}, {"CHECK", 30}, {"GC", 60}, {"STATUS", 10}, {"VERSION", 10}};
static char request[HEAD_MAX + ENVIRONMENT_MAX + TEXT_MAX + 2], answer[TEXT_MAX + 1], version[64] = "1.1.0";
static const struct verb *verb;
static const char *source = "standard input"; /* what is being read, for messages */

/* Prints a JSON string. What is not ASCII becomes a question mark, since nobody has checked it to be UTF-8. */
static void put_string(const char *text) {
  for (putchar('"'); *text; text++) {
    if (*text > 0 && *text < 0x20) printf("\\u%04x", *text);
    else printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text > 0 && *text < 0x7f ? *text : '?');
  }
  putchar('"');
}
/* Ends the wait that `expired` watches: from here on the alarm kills us, should nobody read what we print. */
static void begin_output(void) { alarm(0), signal(SIGALRM, SIG_DFL), alarm(10); }
static _Noreturn void finish(int status) { exit(fflush(stdout) == 0 && !ferror(stdout) ? status : 1); }
/* Prints a CNI error, with the text of `error` as details when it is not 0, and ends. */
__attribute__((format(printf, 3, 4))) static _Noreturn void fail(int code, int error, const char *format, ...) {
  char message[1024];
  va_list arguments;
  begin_output(), va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  fputs("{\"cniVersion\":", stdout), put_string(version), printf(",\"code\":%d,\"msg\":", code), put_string(message);
  fputs(",\"details\":", stdout), put_string(error == 0 ? "" : strerror(error)), puts("}");
  finish(1);
}
/* May print, since the program makes async-signal-safe calls only while the alarm is set (signal-safety(7)). */
static void expired(int signal) { (void)signal, fail(TRY_AGAIN, 0, "no end of %s within %d s", source, verb->seconds); }

/* ---- JSON (RFC 8259). The text ends with a NUL, which is no JSON, so that nothing reads past its end. ---- */
struct field { const char *name, *value, *end; }; /* a wanted top-level key, and where its value begins and ends */
static const char *at;
static bool take(char wanted) { return *at == wanted && at++; }
static bool take_word(const char *word) { return strncmp(at, word, strlen(word)) == 0 && (at += strlen(word)); }
static bool take_digits(void) { size_t n = strspn(at, "0123456789"); return at += n, n > 0; }
static void skip_blanks(void) { at += strspn(at, " \t\r\n"); }
static bool take_number(void) {
  take('-');
  if (!take('0') && !take_digits()) return false;
  if (take('.') && !take_digits()) return false;
  return (!take('e') && !take('E')) || ((void)(take('+') || take('-')), take_digits());
}
static bool take_string(void) {
  if (!take('"')) return false;
  while (*at != '"') {
    if ((unsigned char)*at < 0x20) return false;
    if (*at++ != '\\') continue;
    if (*at == 'u' ? strspn(at + 1, "0123456789abcdefABCDEF") < 4 : !*at || !strchr("\"\\/bfnrt", *at)) return false;
    at += *at == 'u' ? 5 : 1;
  }
  return take('"');
}
static int hex4(const char *t) { return strtol((char[5]){t[0], t[1], t[2], t[3]}, NULL, 16); }
/* Reads the string between two quotes that take_string has seen. False when it does not fit `room`, or holds a NUL. */
static bool unescape(const char *raw, const char *end, char *out, size_t room) {
  int more; /* bytes of the character in UTF-8, beside the first */
  for (raw++, end--; raw < end; room -= more + 1) {
    int code = (unsigned char)*raw++;
    bool escaped = code == '\\';
    const char *control = escaped ? strchr("b\bf\fn\nr\rt\t", code = *raw++) : NULL;
    more = 0;
    if (control != NULL) code = control[1];
    else if (escaped && code == 'u') {
      code = hex4(raw), raw += 4;
      int low = end - raw >= 6 && raw[0] == '\\' && raw[1] == 'u' ? hex4(raw + 2) : 0;
      if (code >> 10 == 0x36 && low >> 10 == 0x37) code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff)), raw += 6;
      else if (code >> 11 == 0x1b) code = 0xfffd; /* half of a surrogate pair names no character */
      more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    }
    if (code == 0 || room < (size_t)more + 2) return false;
    *out++ = more == 0 ? code : (0xf80 >> more & 0xff) | code >> 6 * more;
    for (int i = more; i > 0;) *out++ = 0x80 | (code >> 6 * --i & 0x3f);
  }
  return *out = '\0', true;
}
static bool take_value(int depth, struct field *fields, int count) {
  char open = *at, name[64];
  if (open == '"') return take_string();
  if (open != '{' && open != '[') return take_word("true") || take_word("false") || take_word("null") || take_number();
  if (depth == MAX_DEPTH) return false;
  at++, skip_blanks();
  if (take(open + 2)) return true; /* in ASCII a closing brace or bracket comes two behind the opening one */
  do {
    skip_blanks();
    const char *key = at, *key_end = NULL;
    if (open == '{' && !(take_string() && (key_end = at, skip_blanks(), take(':')))) return false;
    skip_blanks();
    const char *value = at;
    if (!take_value(depth + 1, NULL, 0)) return false;
    for (struct field *f = fields; key_end != NULL && f < fields + count; f++)
      if (unescape(key, key_end, name, sizeof name) && strcmp(name, f->name) == 0) f->value = value, f->end = at;
    skip_blanks();
  } while (take(','));
  return take(open + 2);
}
/* Whether the text is one JSON object, at most MAX_DEPTH deep; fills in those of the wanted fields that it has. */
static bool scan_object(const char *text, size_t length, struct field *fields, int count) {
  at = text, skip_blanks();
  return *at == '{' && take_value(0, fields, count) && (skip_blanks(), at == text + length);
}
/* The value of a string field; `out` keeps what it holds when the field is absent. */
static void read_field(const struct field *field, char *out, size_t room) {
  if (field->value != NULL && (*field->value != '"' || !unescape(field->value, field->end, out, room)))
    fail(BAD_CONFIGURATION, 0, "network configuration: %s is no string of at most %zu bytes", field->name, room - 1);
}

/* Reads `source` to its end, which is at most 1 MiB away, and adds a NUL. Fails with the given code. */
static size_t read_all(int fd, char *to, int code) {
  for (size_t have = 0; have <= TEXT_MAX;) {
    ssize_t n = TEMP_FAILURE_RETRY(read(fd, to + have, TEXT_MAX + 1 - have));
    if (n < 0 && errno != ECONNRESET) fail(code, errno, "cannot read %s", source); /* closed without reading us */
    if (n <= 0) return to[have] = '\0', have;
    have += n;
  }
  fail(code, EMSGSIZE, "more than 1 MiB from %s", source);
}
/* Sends the request and reads the answer, which a daemon may give and close before it has read everything. */
static size_t exchange(const char *path, const char *data, size_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  source = path, strcpy(address.sun_path, path);
  if (fd < 0 || TEMP_FAILURE_RETRY(connect(fd, (struct sockaddr *)&address, sizeof address)) < 0)
    fail(TRY_AGAIN, errno, "cannot reach flockd on %s: is it running?", path);
  for (ssize_t n; length > 0 && (n = TEMP_FAILURE_RETRY(write(fd, data, length))) > 0; length -= n) data += n;
  return read_all(fd, answer, TRY_AGAIN);
}
/* Prints the body of the answer: a CNI error unless the status is 200; only an ADD's result may not be empty. */
static _Noreturn void print_answer(const char *path, size_t length) {
  int status = 0;
  struct field fields[] = {{.name = "cniVersion"}, {.name = "msg"}};
  const char *body = strstr(answer, "\r\n\r\n"), *header = strcasestr(answer, "\r\ncontent-length:");
  begin_output();
  if (body == NULL || sscanf(answer, "HTTP/1.%*1[01] %3d", &status) != 1)
    fail(TRY_AGAIN, 0, "flockd on %s ended without an answer (%zu bytes)", path, length);
  body += 4, length -= body - answer;
  bool whole = header == NULL || header >= body || strtoul(header + 17, NULL, 10) == length;
  bool json = scan_object(body, length, fields, 2) && (status == 200 ? fields : fields + 1)->value != NULL;
  if (!whole || (!json && (length > 0 || status != 200 || strcmp(verb->name, "ADD") == 0)))
    fail(TRY_AGAIN, 0, "%s answer on %s (HTTP status %d): is it flockd?", whole ? "no CNI" : "truncated", path, status);
  fwrite(body, 1, length, stdout);
  finish(status == 200 ? 0 : 1);
}

int main(void) {
  extern char **environ;
  const char *command = getenv("CNI_COMMAND");
  char path[sizeof((struct sockaddr_un *)0)->sun_path] = "/run/flock/flock.sock";
  char *body = request + HEAD_MAX, *end = body, head[HEAD_MAX];
  struct field fields[] = {{.name = "socket"}, {.name = "cniVersion"}};
  for (size_t i = 0; command != NULL && i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(command, verbs[i].name) == 0) verb = &verbs[i];
  if (verb == NULL)
    fail(BAD_ENVIRONMENT, 0, "CNI_COMMAND is \"%s\", not ADD, DEL, CHECK, GC, STATUS, VERSION", command ? command : "");
  signal(SIGPIPE, SIG_IGN), signal(SIGALRM, expired), alarm(verb->seconds);
  for (char **entry = environ; *entry != NULL; entry++) {
    if (strncmp(*entry, "CNI_", 4) != 0) continue;
    if (end + strlen(*entry) >= body + ENVIRONMENT_MAX) fail(BAD_ENVIRONMENT, 0, "the CNI_* variables exceed 128 KiB");
    end = stpcpy(end, *entry) + 1;
  }
  *end++ = '\0';
  size_t length = read_all(STDIN_FILENO, end, UNDECODABLE);
  bool asks_version = strcmp(command, "VERSION") == 0, blank = strspn(end, " \t\r\n") == length;
  if (!scan_object(end, length, fields, 2) && !(asks_version && blank))
    fail(UNDECODABLE, 0, "the network configuration on standard input is no JSON object");
  read_field(&fields[1], version, sizeof version);
  if (asks_version) {
    begin_output(), fputs("{\"cniVersion\":", stdout), put_string(version);
    puts(",\"supportedVersions\":[\"0.4.0\",\"1.0.0\",\"1.1.0\"]}"), finish(0);
  }
  read_field(&fields[0], path, sizeof path);
  if (path[0] != '/') fail(BAD_CONFIGURATION, 0, "network configuration: socket is \"%s\", no absolute path", path);
  unsigned left = alarm(0); /* snprintf is not async-signal-safe */
  int head_length = snprintf(head, sizeof head, "POST /cni HTTP/1.0\r\nContent-Type: application/x-flock-cni\r\n"
                             "Content-Length: %zu\r\n\r\n", (size_t)(end - body) + length);
  alarm(left);
  memcpy(body - head_length, head, head_length);
  print_answer(path, exchange(path, body - head_length, head_length + (end - body) + length));
}
