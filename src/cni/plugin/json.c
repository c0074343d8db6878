/* The scanner of JSON (RFC 8259). It reads a byte only after a comparison with the end of the text, so that nothing hangs
 * on a final NUL. It accepts what JSON.parse accepts, but for what is nested deeper than DEPTH_MAX;
 * test/property/cni-scanner.test.ts compares the two. */
#include "json.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 128 }; /* objects and lists inside each other: the scan recurses, and the stack has an end */
enum { WANTED_MAX = 64 }; /* bytes of a key that can be wanted, with its NUL */
enum { NOTHING = -1 };    /* in the place of a character: the text has ended, or what is there is not valid */

/* What is left of a text. */
struct cursor {
  const char *at;
  const char *end;
};

static int peek(const struct cursor *cursor) {
  if (cursor->at == cursor->end) return NOTHING;
  return (unsigned char)*cursor->at;
}

static bool take(struct cursor *cursor, char wanted) {
  if (peek(cursor) != wanted) return false;
  cursor->at++;
  return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
  for (; *word != '\0'; word++)
    if (!take(cursor, *word)) return false;
  return true;
}

static void skip_blanks(struct cursor *cursor) {
  while (take(cursor, ' ') || take(cursor, '\t') || take(cursor, '\n') || take(cursor, '\r')) continue;
}

static bool take_digits(struct cursor *cursor) {
  if (!isdigit(peek(cursor))) return false;
  while (isdigit(peek(cursor))) cursor->at++;
  return true;
}

/* Section 6. A digit that follows a leading zero is left, and refused by what comes next. */
static bool take_number(struct cursor *cursor) {
  take(cursor, '-');
  if (!take(cursor, '0') && !take_digits(cursor)) return false;
  if (take(cursor, '.') && !take_digits(cursor)) return false;
  if (!take(cursor, 'e') && !take(cursor, 'E')) return true;
  if (!take(cursor, '+')) take(cursor, '-');
  return take_digits(cursor);
}

/* The four hexadecimal digits of a \u: a UTF-16 code unit. */
static int take_code_unit(struct cursor *cursor) {
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = peek(cursor);
    if (!isxdigit(digit)) return NOTHING;
    unit = unit * 16 + (isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
    cursor->at++;
  }
  return unit;
}

/* What follows a backslash (section 7): the character that it stands for, or the code unit of a \u. */
static int take_escape(struct cursor *cursor) {
  int letter = peek(cursor);
  if (letter != NOTHING) cursor->at++;
  switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': return take_code_unit(cursor);
    default: return NOTHING;
  }
}

static bool take_string(struct cursor *cursor) {
  if (!take(cursor, '"')) return false;
  while (!take(cursor, '"')) {
    if (peek(cursor) < 0x20) return false; /* a control character, or NOTHING */
    if (!take(cursor, '\\')) cursor->at++;
    else if (take_escape(cursor) == NOTHING) return false;
  }
  return true;
}

/* What follows a backslash, as a code point. Two \u are one character when they are the halves of a surrogate pair; half a
 * pair alone names no character, and becomes U+FFFD. */
static int take_code_point(struct cursor *cursor) {
  int high = take_escape(cursor);
  if (high < 0xd800 || high > 0xdfff) return high;
  struct cursor next = *cursor;
  if (high > 0xdbff || !take(&next, '\\')) return 0xfffd;
  int low = take_escape(&next);
  if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
  *cursor = next;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Writes a code point in UTF-8 (RFC 3629, section 3) and returns the number of bytes. */
static size_t encode_utf8(int code, char out[4]) {
  static const int first_byte[] = {0, 0, 0xc0, 0xe0, 0xf0}; /* by the number of bytes */
  size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = count - 1; i > 0; i--) {
    out[i] = (char)(0x80 | (code & 0x3f));
    code >>= 6;
  }
  out[0] = (char)(first_byte[count] | code);
  return count;
}

bool json_read_string(const char *value, const char *end, char *out, size_t room) {
  if (*value != '"') return false;
  struct cursor cursor = {value + 1, end - 1}; /* without the quotes */
  size_t length = 0;
  while (cursor.at < cursor.end) {
    char bytes[4] = {*cursor.at};
    size_t count = 1;
    if (take(&cursor, '\\')) count = encode_utf8(take_code_point(&cursor), bytes);
    else cursor.at++;
    if (bytes[0] == '\0' || count >= room - length) return false;
    memcpy(out + length, bytes, count);
    length += count;
  }
  out[length] = '\0';
  return true;
}

static bool take_value(struct cursor *cursor, int depth);

static bool take_list(struct cursor *cursor, int depth) {
  if (!take(cursor, '[')) return false;
  skip_blanks(cursor);
  if (take(cursor, ']')) return true;
  do {
    skip_blanks(cursor);
    if (!take_value(cursor, depth + 1)) return false;
    skip_blanks(cursor);
  } while (take(cursor, ','));
  return take(cursor, ']');
}

/* Of two members with the same key the last counts, as in JSON.parse. */
static bool take_object(struct cursor *cursor, int depth, struct json_field *fields, size_t count) {
  if (!take(cursor, '{')) return false;
  skip_blanks(cursor);
  if (take(cursor, '}')) return true;
  do {
    char key[WANTED_MAX] = "";
    skip_blanks(cursor);
    const char *key_start = cursor->at;
    if (!take_string(cursor)) return false;
    bool readable = count > 0 && json_read_string(key_start, cursor->at, key, sizeof key);
    skip_blanks(cursor);
    if (!take(cursor, ':')) return false;
    skip_blanks(cursor);
    const char *value = cursor->at;
    if (!take_value(cursor, depth + 1)) return false;
    for (size_t i = 0; readable && i < count; i++)
      if (strcmp(key, fields[i].name) == 0) fields[i] = (struct json_field){fields[i].name, value, cursor->at};
    skip_blanks(cursor);
  } while (take(cursor, ','));
  return take(cursor, '}');
}

static bool take_value(struct cursor *cursor, int depth) {
  switch (peek(cursor)) {
    case '{': return depth < DEPTH_MAX && take_object(cursor, depth, NULL, 0);
    case '[': return depth < DEPTH_MAX && take_list(cursor, depth);
    case '"': return take_string(cursor);
    case 't': return take_word(cursor, "true");
    case 'f': return take_word(cursor, "false");
    case 'n': return take_word(cursor, "null");
    default: return take_number(cursor);
  }
}

bool json_scan_object(const char *text, size_t length, struct json_field *fields, size_t count) {
  struct cursor cursor = {text, text + length};
  skip_blanks(&cursor);
  if (!take_object(&cursor, 0, fields, count)) return false;
  skip_blanks(&cursor);
  return cursor.at == cursor.end;
}
