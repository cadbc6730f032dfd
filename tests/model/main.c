#include "tests/model/model.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	setup = (struct setup){ .agents = atoi(argv[1]), .frames = atoi(argv[2]), .finish = atoi(argv[3]), .faults = (unsigned)atoi(argv[4]), .bug = argc > 5 ? (unsigned)atoi(argv[5]) : 0 };
	struct found f = search(30000000, true);
	printf("%zu states %zu edges full %d: %s (%zu)\n", f.states, f.edges, f.full, f.broken ? f.broken : "ok", f.steps);
}
