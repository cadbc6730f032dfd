/* Any text: a list that is accepted has sane frames, and its canonical text means the same list. */
#include <stdlib.h>
#include <string.h>

#include "share-layout/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_frames frames = {0}, again = {0};
	struct bf_buf in = {0}, out = {0};
	struct bf_err err;
	bf_buf_add(&in, data, size);
	if (bf_frames_parse(bf_buf_text(&in), &frames, &err) == 0) {
		if (!frames.count || frames.count > BF_FRAMES_MAX)
			abort();
		bf_frames_format(&frames, &out);
		if (bf_frames_parse(bf_buf_text(&out), &again, &err) < 0 || again.count != frames.count
				|| memcmp(again.frame, frames.frame, frames.count * sizeof *frames.frame))
			abort();
	} else if (frames.frame || frames.count || !err.text[0]) {
		abort();
	}
	bf_frames_clear(&frames);
	bf_frames_clear(&again);
	bf_buf_clear(&in);
	bf_buf_clear(&out);
	return 0;
}
