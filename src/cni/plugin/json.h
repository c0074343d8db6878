/* A scanner of JSON (RFC 8259): judges a text, and finds the values of a few top-level keys. It allocates nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A wanted top-level key, and where its value begins and ends in the text. Both are NULL when the key is absent. */
struct json_field {
  const char *name;
  const char *value;
  const char *end;
};

/* Whether the text is one JSON object; fills in those of the wanted fields that it has. */
bool json_scan_object(const char *text, size_t length, struct json_field *fields, size_t count);

/* Copies the string from `value` to `end`, both quotes included, out of a text that was scanned: without its escapes, in
 * UTF-8, with a NUL at its end. False when it is not a string, has a NUL in it, or does not fit `room` bytes; `out` is
 * then of no use. */
bool json_read_string(const char *value, const char *end, char *out, size_t room);
