/* Being woken early. Polling is what finds new work; a watch only shortens the wait on the machine
 * that made the change: no file system tells one client of another's changes.
 *
 * At most one watch in a process. Failing to watch is never an error, only slower. */
#ifndef AGENT_WATCH_H
#define AGENT_WATCH_H

/* Watch directories (not what is below them); paths ends with NULL. Returns a descriptor that becomes
 * readable when something changed there, or -1 when this system cannot watch. */
int watch_open(const char *const paths[]);

/* Take all events off the descriptor. They say no more than: look again. */
void watch_drain(void);

void watch_close(void);

#endif
