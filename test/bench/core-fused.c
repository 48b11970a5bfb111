/* The reference program of W, all of it in one function, behind the driver of the bench. REFERENCE is the path of its source. */
#define main reference_main
#include REFERENCE
#undef main
#include "core-driver.h"

static void begin(int channels) { setup(channels); }

static double judge(int channel, int from, int to) {
  double all = 0;
  for (int s = from; s < to; s++) all += process(channel, s * 30.0 + jit[(channel + s) & 1023], tab[(channel * 7919 + s) & 8191]);
  return all;
}

static int count(int what) {
  int all = 0;
  for (int i = 0; i < C; i++) all += what == 0 ? chs[i].trans : what == 1 ? chs[i].bad : chs[i].alarm;
  return all;
}
