/* The plugin with deadlines of 10 ms for each second, so that a test can wait for them. */
#define _GNU_SOURCE
#include <sys/time.h>
#include <unistd.h>

static unsigned quick_alarm(unsigned seconds) {
  struct itimerval timer = {.it_value.tv_usec = seconds * 10000L}, before;
  setitimer(ITIMER_REAL, &timer, &before);
  return before.it_value.tv_usec / 10000 + (before.it_value.tv_usec % 10000 != 0);
}

#define alarm quick_alarm
#include "../../../../src/cni/plugin/flock.c"
