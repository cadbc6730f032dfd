#include "tools/prometheus.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "tools/utf8.h"

void metric_family(struct metrics *metrics, const char *name, const char *type, const char *help)
{
	metrics->name = name;
	bf_buf_printf(metrics->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_label(struct bf_buf *out, const char *value)
{
	while (*value) {
		const char *start = value;
		int32_t character = utf8_next(&value);
		if (character == '\n')
			bf_buf_puts(out, "\\n");
		else if (character < 0 || utf8_is_control(character))
			bf_buf_puts(out, "\xef\xbf\xbd"); /* somebody may look at it on a terminal */
		else if (character == '"' || character == '\\')
			bf_buf_printf(out, "\\%c", (char)character);
		else
			bf_buf_add(out, start, (size_t)(value - start));
	}
}

/* Thousandths, by hand: printf would follow the locale. */
static void put_value(struct bf_buf *out, double value)
{
	double limited = fabs(value) < 1e15 ? value : value < 0 ? -1e15 : 1e15;
	int64_t thousandths = (int64_t)floor(fabs(limited) * 1000 + 0.5);
	bf_buf_printf(out, "%s%" PRId64, limited < 0 && thousandths ? "-" : "", thousandths / 1000);
	if (thousandths % 1000)
		bf_buf_printf(out, ".%03d", (int)(thousandths % 1000));
}

void metric_sample(struct metrics *metrics, double value, ...)
{
	va_list args;
	const char *label, *between = "{";
	if (!isfinite(value))
		return;
	bf_buf_puts(metrics->out, metrics->name);
	va_start(args, value);
	for (; (label = va_arg(args, const char *)); between = ",") {
		bf_buf_printf(metrics->out, "%s%s=\"", between, label);
		put_label(metrics->out, va_arg(args, const char *));
		bf_buf_putc(metrics->out, '"');
	}
	va_end(args);
	bf_buf_puts(metrics->out, *between == ',' ? "} " : " ");
	put_value(metrics->out, value);
	bf_buf_putc(metrics->out, '\n');
}
