/* The plugin's JSON scanner on its own. Reads texts, each behind its length (4 bytes, big endian), and prints a line for
 * each: `refused`, or `object` and what the plugin would take for `socket` and `cniVersion`, in hexadecimal: `-` when the
 * key is absent, `!` when its value is none that the plugin takes. */
#define main plugin_main
#include "../../../../src/cni/plugin/flock.c"
#undef main

static void put_field(const struct field *field) {
  char value[109];
  putchar(' ');
  if (field->value == NULL) putchar('-');
  else if (*field->value != '"' || !unescape(field->value, field->end, value, sizeof value)) putchar('!');
  else for (const char *c = value; *c; c++) printf("%02x", (unsigned char)*c);
}

int main(void) {
  static char text[TEXT_MAX + 1];
  unsigned char head[4];
  while (fread(head, 1, 4, stdin) == 4) {
    size_t length = (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
    struct field fields[] = {{.name = "socket"}, {.name = "cniVersion"}};
    if (length > TEXT_MAX || fread(text, 1, length, stdin) != length) return 1;
    text[length] = '\0';
    if (!scan_object(text, length, fields, 2)) { puts("refused"); continue; }
    fputs("object", stdout), put_field(&fields[0]), put_field(&fields[1]), putchar('\n');
  }
  return 0;
}
