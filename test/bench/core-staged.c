/* W in the same stages as ours, written in C: a ring of columns, one function a stage, called through a table, nothing inlined across.
 * The stages and what they compute are those of w.ts, gateway/core/window.ts, gateway/core/extremes.ts and the two quality tests. */
#include <math.h>
#include <string.h>
#include "core-driver.h"

enum { ROWS = 4096, MASK = ROWS - 1, PIECE = 64, GOOD = 1, SUSPECT = 3, FAIL = 4 };
enum { RANGE = 1, RATE, LEAP, STILL };
#define SECOND 1000.0
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

typedef struct {
  int head, settled, revision;
  double time[ROWS], value[ROWS];
  unsigned char quality[ROWS], reason[ROWS];
} Ring;

typedef struct Channel Channel;
typedef void (*Run)(void *stage, Ring *ring, int from, int to, double now);
typedef struct {
  Run run;
  void *stage;
} Call;

static void worsen(Ring *ring, int row, int quality, int reason) {
  int slot = row & MASK;
  if (quality <= ring->quality[slot]) return;
  if (row < ring->settled && quality >= FAIL) ring->revision++;
  ring->quality[slot] = quality;
  ring->reason[slot] = reason;
}

static int oldest(const Ring *ring) { return ring->head > ROWS ? ring->head - ROWS : 0; }

/* quality tests */

typedef struct {
  double least, greatest;
} Range;
static void run_range(void *stage, Ring *ring, int from, int to, double now) {
  Range *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    double value = ring->value[row & MASK];
    if (value < s->least || value > s->greatest) worsen(ring, row, FAIL, RANGE);
  }
}

typedef struct {
  double suspect_per_ms, longest, last_time, last_value;
} Rate;
static void run_rate(void *stage, Ring *ring, int from, int to, double now) {
  Rate *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    int slot = row & MASK;
    if (ring->quality[slot] >= FAIL) continue;
    double dt = ring->time[slot] - s->last_time;
    if (dt > 0 && dt <= s->longest && fabs(ring->value[slot] - s->last_value) / dt > s->suspect_per_ms) worsen(ring, row, SUSPECT, RATE);
    s->last_time = ring->time[slot];
    s->last_value = ring->value[slot];
  }
}

typedef struct {
  double last;
} Leap;
static void run_leap(void *stage, Ring *ring, int from, int to, double now) {
  Leap *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    int slot = row & MASK;
    if (ring->quality[slot] >= FAIL) continue;
    if (fabs(ring->value[slot] - s->last) > 40) worsen(ring, row, FAIL, LEAP);
    s->last = ring->value[slot];
  }
}

typedef struct {
  double value;
  int rows;
} Still;
static void run_still(void *stage, Ring *ring, int from, int to, double now) {
  Still *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    double value = ring->value[row & MASK];
    if (fabs(value - s->value) >= 1e-9) {
      s->rows = 0;
      s->value = value;
    } else if (++s->rows >= 240) worsen(ring, row, SUSPECT, STILL);
  }
}

/* windows */

typedef struct {
  double count[PIECE], first[PIECE], mean_time[PIECE], mean[PIECE], stt[PIECE], sty[PIECE], syy[PIECE];
} Columns;
static Columns columns[3];

typedef struct {
  double span;
  Columns *columns;
  int tail, revision;
  double n, most, ct, cy, st, sy, stt, sty, syy, steps, greatest_tt, greatest_yy;
} Window;

static void centre(Window *w, double time, double value) {
  w->n = w->most = w->st = w->sy = w->stt = w->sty = w->syy = w->steps = w->greatest_tt = w->greatest_yy = 0;
  w->ct = time;
  w->cy = value;
}

static inline int tell(Window *w, int at, double first) {
  Columns *c = w->columns;
  c->count[at] = w->n;
  if (w->n == 0) {
    c->first[at] = c->mean_time[at] = c->mean[at] = NAN;
    c->stt[at] = c->sty[at] = c->syy[at] = 0;
    return 1;
  }
  double mean_t = w->st / w->n, mean_y = w->sy / w->n, stt = w->stt - mean_t * w->st, syy = w->syy - mean_y * w->sy;
  c->first[at] = first;
  c->mean_time[at] = w->ct + mean_t;
  c->mean[at] = w->cy + mean_y;
  c->stt[at] = stt;
  c->sty[at] = w->sty - mean_t * w->sy;
  c->syy[at] = syy;
  double bound = 5 * 0x1p-53 / 2.5e-10 * w->steps;
  return bound * w->greatest_yy <= syy && bound * w->greatest_tt <= stt && w->n >= 0.25 * w->most;
}

static __attribute__((noinline)) void sum(Window *w, const Ring *ring, int end, double mean) {
  centre(w, ring->time[(end - 1) & MASK], mean);
  for (int row = w->tail; row < end; row++) {
    int slot = row & MASK;
    if (ring->quality[slot] >= FAIL) continue;
    double t = ring->time[slot] - w->ct, y = ring->value[slot] - mean;
    w->n++;
    w->st += t;
    w->sy += y;
    w->stt += t * t;
    w->sty += t * y;
    w->syy += y * y;
  }
  w->most = w->n;
  w->greatest_tt = w->stt;
  w->greatest_yy = w->syy;
  w->steps = 3;
}

static __attribute__((noinline)) void renew(Window *w, const Ring *ring, int end, double now, int at) {
  w->revision = ring->revision;
  if (w->tail < oldest(ring)) w->tail = oldest(ring);
  while (w->tail < end && (ring->time[w->tail & MASK] <= now - w->span || ring->quality[w->tail & MASK] >= FAIL)) w->tail++;
  sum(w, ring, end, w->cy + w->sy / w->n);
  w->steps = w->n + 3;
  if (tell(w, at, ring->time[w->tail & MASK])) return;
  double first = ring->value[w->tail & MASK], beyond = 0;
  int n = 0;
  for (int row = w->tail; row < end; row++) {
    if (ring->quality[row & MASK] >= FAIL) continue;
    n++;
    beyond += ring->value[row & MASK] - first;
  }
  sum(w, ring, end, first + beyond / n);
  tell(w, at, ring->time[w->tail & MASK]);
}

static void run_window(void *stage, Ring *ring, int from, int to, double now) {
  Window *w = stage;
  if (w->revision != ring->revision || w->tail < oldest(ring)) renew(w, ring, from, from < to ? ring->time[from & MASK] : now, 0);
  for (int row = from; row == from || row < to; row++) {
    int slot = row & MASK, next = row < to ? row + 1 : row;
    double at = row < to ? ring->time[slot] : now;
    if (row < to && ring->quality[slot] < FAIL) {
      if (w->n == 0) centre(w, at, ring->value[slot]);
      double t = at - w->ct, y = ring->value[slot] - w->cy;
      w->n++;
      w->st += t;
      w->sy += y;
      w->stt += t * t;
      w->sty += t * y;
      w->syy += y * y;
      w->steps++;
      if (w->n > w->most) w->most = w->n;
      if (w->stt > w->greatest_tt) w->greatest_tt = w->stt;
      if (w->syy > w->greatest_yy) w->greatest_yy = w->syy;
    }
    for (; w->tail < next; w->tail++) {
      int old = w->tail & MASK;
      if (ring->quality[old] >= FAIL) continue;
      if (ring->time[old] > at - w->span) break;
      double t = ring->time[old] - w->ct, y = ring->value[old] - w->cy;
      w->n--;
      w->st -= t;
      w->sy -= y;
      w->stt -= t * t;
      w->sty -= t * y;
      w->syy -= y * y;
      w->steps++;
    }
    if (!tell(w, row - from, ring->time[w->tail & MASK])) renew(w, ring, next, at, row - from);
  }
}

/* extremes of ten minutes, in two stacks */

typedef struct {
  double span, least, greatest, first, front_least, front_greatest, all;
  int tail, middle, next, revision;
  double back_least[ROWS], back_greatest[ROWS];
} Extremes;

static __attribute__((noinline)) void turn_over(Extremes *e, const Ring *ring) {
  double least = INFINITY, greatest = -INFINITY;
  for (int row = e->next - 1; row >= e->tail; row--) {
    int slot = row & MASK;
    if (ring->quality[slot] < FAIL) {
      double value = ring->value[slot];
      least = value < least ? value : least;
      greatest = value > greatest ? value : greatest;
    }
    e->back_least[slot] = least;
    e->back_greatest[slot] = greatest;
  }
  e->middle = e->next;
  e->front_least = INFINITY;
  e->front_greatest = -INFINITY;
}

static void run_extremes(void *stage, Ring *ring, int from, int to, double now) {
  Extremes *e = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    int slot = row & MASK;
    if (e->revision != ring->revision || e->tail < oldest(ring)) {
      e->revision = ring->revision;
      if (e->tail < oldest(ring)) e->tail = oldest(ring);
      e->next = row;
      turn_over(e, ring);
    }
    if (ring->quality[slot] < FAIL) {
      double value = ring->value[slot];
      e->front_least = value < e->front_least ? value : e->front_least;
      e->front_greatest = value > e->front_greatest ? value : e->front_greatest;
    }
    e->next = row + 1;
    double edge = ring->time[slot] - e->span;
    while (e->tail < row && (ring->quality[e->tail & MASK] >= FAIL || ring->time[(e->tail + 1) & MASK] <= edge)) {
      if (e->tail >= e->middle) turn_over(e, ring);
      e->tail++;
    }
    int tail = e->tail & MASK;
    e->least = e->front_least;
    e->greatest = e->front_greatest;
    if (e->tail < e->middle) {
      if (e->back_least[tail] < e->least) e->least = e->back_least[tail];
      if (e->back_greatest[tail] > e->greatest) e->greatest = e->back_greatest[tail];
    }
    e->first = ring->time[tail];
    e->all += e->least + e->greatest;
  }
}

/* sums, mean, variance, slopes */

typedef struct {
  double figures[7];
} Figures;
static double slope_of(const Columns *c, int at) { return c->stt[at] > 0 ? c->sty[at] / c->stt[at] : NAN; }
static void run_figures(void *stage, Ring *ring, int from, int to, double now) {
  Figures *s = stage;
  (void)ring, (void)now;
  for (int at = 0; at < to - from; at++) {
    s->figures[0] = columns[0].mean[at] * columns[0].count[at];
    s->figures[1] = columns[1].mean[at] * columns[1].count[at];
    s->figures[2] = columns[2].mean[at] * columns[2].count[at];
    s->figures[3] = columns[0].mean[at];
    s->figures[4] = columns[0].syy[at] / columns[0].count[at];
    s->figures[5] = slope_of(&columns[0], at) * DAY;
    s->figures[6] = slope_of(&columns[2], at) * DAY;
  }
}

/* EWMA and CUSUM */

typedef struct {
  double ewma, up, down;
  int alarms;
} Drift;
static void run_drift(void *stage, Ring *ring, int from, int to, double now) {
  Drift *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    int slot = row & MASK;
    if (ring->quality[slot] >= FAIL) continue;
    double residual = ring->value[slot] - s->ewma;
    s->ewma += 0.02 * residual;
    s->up = fmax(0, s->up + residual - 0.5);
    s->down = fmax(0, s->down - residual - 0.5);
    if (s->up > 50 || s->down > 50) s->alarms++;
  }
}

/* four levels */

typedef struct {
  double set_points[4], dead_band, pending_since;
  int of, level, pending, transitions, bad;
} Levels;
static void judge_level(Levels *s, double measure, double time) {
  int want = 0, level = s->level;
  for (int k = 0; k < 4; k++)
    if (measure >= s->set_points[k] - (level > k ? s->dead_band : 0)) want = k + 1;
  if (want < level) {
    s->level = s->pending = want;
    s->transitions++;
  } else if (want == level) s->pending = level;
  else if (s->pending <= level) {
    s->pending = want;
    s->pending_since = time;
  } else {
    if (want < s->pending) s->pending = want;
    if (time - s->pending_since >= 120 * SECOND) {
      s->level = s->pending;
      s->transitions++;
    }
  }
}
static void run_levels(void *stage, Ring *ring, int from, int to, double now) {
  Levels *s = stage;
  (void)now;
  for (int row = from; row < to; row++) {
    int slot = row & MASK, at = row - from;
    if (ring->quality[slot] >= FAIL) {
      s->bad++;
      continue;
    }
    double measure = s->of == 0   ? columns[1].mean[at] * columns[1].count[at]
                     : s->of == 2 ? ring->value[slot]
                     : columns[2].stt[at] > 0 ? slope_of(&columns[2], at) * DAY
                                              : 0;
    judge_level(s, measure, ring->time[slot]);
  }
}

/* channels */

enum { STAGES = 11 };
struct Channel {
  Call calls[STAGES];
  double usable_at, wake_at;
  Range range;
  Rate rate;
  Leap leap;
  Still still;
  Window windows[3];
  Figures figures;
  Drift drift;
  Levels levels;
  Extremes extremes;
  Ring ring;
};

static Channel *all;
static int many;
static double values[8192], delays[1024];

static void make_tables(void) {
  unsigned x = 2463534242u;
  for (int i = 0; i < 8192 + 1024; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    double noise = (x >> 8) / 16777216.0;
    double triangle = (i & 2047) < 1024 ? i & 1023 : 1023 - (i & 1023);
    if (i < 8192) values[i] = 10 + triangle / 256 + noise * 2 + ((x & 511) == 7 ? 100 : 0);
    else delays[i - 8192] = noise * 2;
  }
}

static void begin(int channels) {
  static const Levels limits[3] = {
    { .set_points = { 3600, 3650, 3700, 3800 }, .dead_band = 2 },
    { .set_points = { 0.5, 1, 2, 4 }, .dead_band = 0.2 },
    { .set_points = { 14, 16, 18, 20 }, .dead_band = 2 },
  };
  static const double spans[3] = { HOUR, 3 * HOUR, DAY };
  make_tables();
  many = channels;
  all = calloc(channels, sizeof *all);
  for (int k = 0; k < channels; k++) {
    Channel *c = &all[k];
    c->range = (Range){ -50, 150 };
    c->rate = (Rate){ 1 / SECOND, 90 * SECOND, NAN, NAN };
    c->leap.last = 10;
    c->still.value = -INFINITY;
    for (int w = 0; w < 3; w++) c->windows[w] = (Window){ .span = spans[w], .columns = &columns[w] };
    c->extremes.span = 600 * SECOND;
    c->extremes.front_least = INFINITY;
    c->extremes.front_greatest = -INFINITY;
    c->levels = limits[k % 3];
    c->levels.of = k % 3;
    Call calls[STAGES] = {
      { run_range, &c->range },         { run_rate, &c->rate },           { run_leap, &c->leap },           { run_still, &c->still },
      { run_extremes, &c->extremes },   { run_window, &c->windows[0] },   { run_window, &c->windows[1] },   { run_window, &c->windows[2] },
      { run_figures, &c->figures },     { run_drift, &c->drift },         { run_levels, &c->levels },
    };
    memcpy(c->calls, calls, sizeof calls);
  }
}

static double judge(int channel, int from, int to) {
  Channel *c = &all[channel];
  Ring *ring = &c->ring;
  for (int row = from; row < to; row++) {
    int slot = ring->head++ & MASK;
    ring->time[slot] = (row * 30.0 + delays[(channel + row) & 1023]) * SECOND;
    ring->value[slot] = values[(channel * 7919 + row) & 8191];
    ring->quality[slot] = GOOD;
    ring->reason[slot] = 0;
  }
  for (int k = 0; k < STAGES; k++) c->calls[k].run(c->calls[k].stage, ring, from, to, to * 30 * SECOND);
  ring->settled = to;
  for (int row = to - 1; row >= from; row--) {
    if (ring->quality[row & MASK] >= FAIL) continue;
    c->usable_at = ring->time[row & MASK];
    break;
  }
  return c->extremes.all + c->figures.figures[4] + c->figures.figures[6];
}

static int count(int what) {
  int sum = 0;
  for (int k = 0; k < many; k++) sum += what == 0 ? all[k].levels.transitions : what == 1 ? all[k].levels.bad : all[k].drift.alarms;
  return sum;
}
