/* Lets W be judged on demand: a line `ROWS PIECE` on stdin judges the next ROWS rows of each channel, PIECE at a time, channel by channel;
 * the answer is CPU time a sample in ns, and the counts so far. The program gives `begin`, `judge` and `count`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void begin(int channels);
static double judge(int channel, int from, int to);
static int count(int what);

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int many, char **words) {
  int channels = many > 1 ? atoi(words[1]) : 64, rows, piece, next = 0;
  double all = 0;
  begin(channels);
  while (scanf("%d %d", &rows, &piece) == 2) {
    double before = cpu_seconds();
    for (int row = next; row < next + rows; row += piece) {
      int to = row + piece < next + rows ? row + piece : next + rows;
      for (int channel = 0; channel < channels; channel++) all += judge(channel, row, to);
    }
    double took = cpu_seconds() - before;
    next += rows;
    printf("%.4f %d %d %d %g\n", took * 1e9 / ((double)rows * channels), count(0), count(1), count(2), all);
    fflush(stdout);
  }
  return 0;
}
