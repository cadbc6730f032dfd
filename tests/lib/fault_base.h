/* A job that has ended, with what it keeps of its one frame, for another to add samples to. */
#ifndef BF_TESTS_FAULT_BASE_H
#define BF_TESTS_FAULT_BASE_H

#define FAULT_BASE "base_2026-01-02_030405"

/* Make the share with FAULT_BASE in it: frame 7, 16 x 12, 8 samples, of the file blend. What cannot be done ends the program. */
void fault_base_make(const char *share, const char *blend);

#endif
