#include "tools/submit_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/json.h"
#include "tools/progress.h"

static void say_lines(const struct bf_buf *lines, const char *before)
{
	struct bf_err line;
	for (const char *p = bf_buf_text(lines); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		bf_err_set(&line, "%.*s", (int)strcspn(p, "\n"), p);
		printf("%s%s\n", before, line.text);
	}
}

static void tell_frames(const struct submit_told *told, char *text, size_t size)
{
	const struct submit *s = told->submit;
	text[0] = '\0';
	if (told->frames)
		snprintf(text, size, ", %" PRId64 " frame%s", told->frames, told->frames == 1 ? "" : "s");
	else if (told->other_scene || !s->look.has_scene)
		return;
	else if (s->look.frame_start == s->look.frame_end)
		snprintf(text, size, ", frame %d", s->look.frame_start);
	else
		snprintf(text, size, ", frames %d-%d", s->look.frame_start, s->look.frame_end);
}

void submit_tell(const struct submit_told *told)
{
	const struct submit *s = told->submit;
	struct bf_err line;
	char frames[64], size[16], files[32] = "";
	tell_frames(told, frames, sizeof frames);
	progress_size(s->bytes, size, sizeof size);
	if (s->folder)
		snprintf(files, sizeof files, ", %zu file%s", s->count, s->count == 1 ? "" : "s");
	bf_err_set(&line, "%.400s: %s %s%s%s, %s", told->given, told->dry_run ? "would be queued as" : "queued as", s->stem, frames,
		files, size);
	puts(line.text);
	say_lines(&s->notes, "  note: ");
	if (!told->dry_run)
		return;
	for (size_t i = 0; s->folder && i < s->count; i++) {
		bf_err_set(&line, "  %.300s -> %.300s", s->file[i].origin, s->file[i].to);
		puts(line.text);
	}
	say_lines(&s->ini, "  ");
}

static void put_lines(struct json *json, const char *key, const struct bf_buf *lines)
{
	json_key(json, key);
	json_open(json, '[');
	for (const char *p = bf_buf_text(lines); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		struct bf_buf line = {0};
		bf_buf_add(&line, p, strcspn(p, "\n"));
		json_text(json, bf_buf_text(&line));
		bf_buf_clear(&line);
	}
	json_close(json, ']');
}

void submit_tell_json(const struct submit_told *told)
{
	const struct submit *s = told->submit;
	struct bf_buf text = {0};
	struct json json = { .out = &text };
	json_open(&json, '{');
	json_put_text(&json, "file", told->given);
	json_put_text(&json, "state", told->why ? "refused" : told->dry_run ? "checked" : "queued");
	if (told->why)
		json_put_text(&json, "why", told->why);
	else
		json_put_text(&json, "name", s->stem);
	json_put_int(&json, "files", (int64_t)s->count);
	json_put_int(&json, "bytes", s->bytes);
	put_lines(&json, "missing", &s->missing);
	put_lines(&json, "notes", &s->notes);
	json_close(&json, '}');
	puts(bf_buf_text(&text));
	bf_buf_clear(&text);
}
