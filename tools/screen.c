#include "tools/screen.h"

#include <stdbool.h>
#include <string.h>

/* The line at *text, and *text behind it; empty lines when there are no more. */
static size_t next_line(const char **text, const char **line)
{
	size_t len = strcspn(*text, "\n");
	*line = *text;
	*text += len + ((*text)[len] == '\n');
	return len;
}

void screen_update(struct screen *screen, const char *text, int rows, struct bf_buf *out)
{
	struct bf_buf fresh = {0};
	const char *old = bf_buf_text(&screen->shown);
	bool known = screen->known > 0;
	if (!known)
		bf_buf_puts(out, "\033[0m\033[2J");
	for (int row = 0; row < rows; row++) {
		const char *new_line, *old_line;
		size_t new_len = next_line(&text, &new_line), old_len = next_line(&old, &old_line);
		bf_buf_add(&fresh, new_line, new_len);
		bf_buf_putc(&fresh, '\n');
		if (known && row < screen->known && new_len == old_len && !memcmp(new_line, old_line, new_len))
			continue;
		bf_buf_printf(out, "\033[%d;1H", row + 1);
		bf_buf_add(out, new_line, new_len);
		bf_buf_puts(out, "\033[K");
	}
	bf_buf_clear(&screen->shown);
	screen->shown = fresh;
	screen->known = rows;
}

void screen_forget(struct screen *screen)
{
	screen->known = 0;
}

void screen_clear(struct screen *screen)
{
	bf_buf_clear(&screen->shown);
	screen->known = 0;
}
