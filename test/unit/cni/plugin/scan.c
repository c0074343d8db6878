/* The plugin's JSON scanner on its own. Reads texts, each after its length (4 bytes, big endian), and prints a line for
 * each: `refused`, or `object` and what the plugin would take for `socket` and `cniVersion`, in hexadecimal: `-` when the
 * key is absent, `!` when its value is none that the plugin takes. */
#include <stdio.h>
#include <stdlib.h>

#include "../../../../src/cni/plugin/json.h"

enum { TEXT_MAX = 1024 * 1024 };

static void put_field(const struct json_field *field) {
  char value[109];
  putchar(' ');
  if (field->value == NULL) putchar('-');
  else if (!json_read_string(field->value, field->end, value, sizeof value)) putchar('!');
  else for (const char *c = value; *c != '\0'; c++) printf("%02x", (unsigned char)*c);
}

int main(void) {
  unsigned char head[4];
  while (fread(head, 1, 4, stdin) == 4) {
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    struct json_field fields[] = {{.name = "socket"}, {.name = "cniVersion"}};
    char *text = malloc(length > 0 ? length : 1); /* its own size, so that a sanitizer sees what is read past its end */
    if (text == NULL || length > TEXT_MAX || fread(text, 1, length, stdin) != length) return 1;
    if (json_scan_object(text, length, fields, 2)) {
      fputs("object", stdout);
      put_field(&fields[0]);
      put_field(&fields[1]);
      putchar('\n');
    } else {
      puts("refused");
    }
    free(text);
  }
  return 0;
}
