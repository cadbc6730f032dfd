#include "share-layout/order.h"

#include <string.h>
#include <strings.h>

static const char *const words[] = { "", "PAUSE", "FINISH", "STOP" };

const char *bf_order_name(enum bf_order order)
{
	return words[order];
}

enum bf_order bf_order_parse(const char *file, const char *machine)
{
	size_t word = strcspn(file, "."), name = strlen(machine);
	if (!file[word] || strncasecmp(file + word + 1, machine, name) || !strchr(".", file[word + 1 + name]))
		return BF_ORDER_NONE;
	for (int i = BF_ORDER_PAUSE; i <= BF_ORDER_STOP; i++)
		if (strlen(words[i]) == word && !strncasecmp(file, words[i], word))
			return (enum bf_order)i;
	return BF_ORDER_NONE;
}

struct bf_path bf_path_order(enum bf_order order, const char *machine)
{
	struct bf_path file = bf_path_of("%s.%s", words[order], machine);
	return bf_path_in_agents(file.text);
}

enum bf_order bf_order_of(const struct bf_names *names, const char *machine)
{
	enum bf_order heaviest = BF_ORDER_NONE;
	for (size_t i = 0; i < names->count; i++) {
		enum bf_order order = bf_order_parse(names->item[i].text, machine);
		if (order > heaviest)
			heaviest = order;
	}
	return heaviest;
}

int bf_order_remove(int root, const struct bf_names *names, const char *machine, enum bf_order order, struct bf_err *err)
{
	int result = 0;
	for (size_t i = 0; i < names->count; i++) {
		const char *file = names->item[i].text;
		if (bf_order_parse(file, machine) == order && bf_fs_unlink(root, bf_path_in_agents(file).text, err) < 0)
			result = -1;
	}
	return result;
}
