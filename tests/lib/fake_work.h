/* What the fake Blender's work costs, in time and memory, as its words say. */
#ifndef BF_TESTS_FAKE_WORK_H
#define BF_TESTS_FAKE_WORK_H

#include "tests/lib/fake_picture.h"

void fake_nap_ms(int ms);

/* How long a piece of a picture of that size takes. share: of its samples, 1 = all. */
int fake_work_ms(const struct fake_rect *rect, int width, int height, double share);

/* Take so long, and print what Blender prints meanwhile. */
void fake_work(int frame, int samples, int ms);

/* Memory that is not only promised; NULL = none. The caller frees it. */
char *fake_memory_take(int mb);

/* A line `FRAME NAME PIECE PID` to the file $BF_FAKE_LOG, if there is one. */
void fake_note(int frame, const char *name, const struct fake_rect *rect);

#endif
