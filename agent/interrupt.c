#include "agent/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t received;

static void receive(int signal_number)
{
	received = signal_number;
}

void interrupt_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = receive, .sa_flags = (int)SA_RESETHAND };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
}

bool interrupted(void)
{
	return received != 0;
}

void interrupt_pass_on(void)
{
	if (!received)
		return;
	signal(received, SIG_DFL);
	raise(received);
}
