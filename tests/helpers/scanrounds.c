/* scanrounds SHARE ROUNDS: take a snapshot and refresh it. Prints the milliseconds of the first look, then those
 * of each refresh, one per line. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "share-layout/scan.h"
#include "share-layout/share.h"

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	static struct bf_scan scan;
	struct bf_share share;
	struct bf_err err;
	if (argc != 3) {
		fputs("usage: scanrounds SHARE ROUNDS\n", stderr);
		return 2;
	}
	if (bf_share_open(argv[1], &share, &err) < 0) {
		fprintf(stderr, "scanrounds: %s\n", err.text);
		return 3;
	}
	for (int i = 0; i <= atoi(argv[2]); i++) {
		double start = now_ms();
		if (bf_scan_take(&share, NULL, &scan, &err) < 0) {
			fprintf(stderr, "scanrounds: %s\n", err.text);
			return 1;
		}
		printf("%.3f\n", now_ms() - start);
	}
	bf_scan_clear(&scan);
	bf_share_close(&share);
	return 0;
}
