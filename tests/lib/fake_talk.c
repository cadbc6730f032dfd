#include "tests/lib/fake_talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bf_buf fake_line;
static FILE *commands, *answers;

int fake_talk_begin(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (!strcmp(argv[i], "--bf-in"))
			commands = fdopen(atoi(argv[i + 1]), "r");
		if (!strcmp(argv[i], "--bf-out"))
			answers = fdopen(atoi(argv[i + 1]), "w");
	}
	return commands && answers ? 0 : -1;
}

bool fake_talk_hear(struct blender_line *command)
{
	static char text[BLENDER_LINE_MAX];
	while (fgets(text, sizeof text, commands)) {
		text[strcspn(text, "\n")] = '\0';
		if (!strcmp(text, "quit"))
			return false;
		if (blender_line_parse(text, command) == 0)
			return true;
		fprintf(stderr, "fakeblender: %s?\n", text);
	}
	return false;
}

void fake_talk_answer(void)
{
	fflush(stdout);
	blender_line_end(&fake_line);
	if (fwrite(fake_line.data, 1, fake_line.len, answers) != fake_line.len || fflush(answers))
		exit(0);
	bf_buf_reset(&fake_line);
}

void fake_talk_failed(const char *fault, const char *text)
{
	bf_buf_reset(&fake_line);
	blender_line_begin(&fake_line, "failed");
	blender_line_put(&fake_line, "fault", fault);
	blender_line_put(&fake_line, "text", text);
	fake_talk_answer();
}

void fake_talk_nonsense(void)
{
	fputs("what is this\n", answers);
	fflush(answers);
}
