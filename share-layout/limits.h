/* How long names on the share may be (SPEC.md, "Names"), so that records are plain values. */
#ifndef BF_LIMITS_H
#define BF_LIMITS_H

enum {
	BF_NAME_MAX = 33,    /* machine name, with its NUL */
	BF_ID_MAX = 40,      /* agent id: name-xxxxxx */
	BF_TOKEN_MAX = 64,   /* id-slot-count */
	BF_JOB_MAX = 160,    /* job id: at most 100 bytes of name, date, time, _NN */
	BF_TASK_MAX = 32,    /* f-1048574.p00099 */
	BF_FILE_MAX = 256,   /* one component of a path */
	BF_PATH_MAX = 1024,  /* relative to the share */
	BF_HASH_MAX = 33,    /* XXH3-128 in hexadecimal */
	BF_VIEWS_MAX = 8,    /* pictures of one frame */
#ifdef BF_TEST_SHARD_TASKS
	BF_SHARD_TASKS = BF_TEST_SHARD_TASKS,
#else
	BF_SHARD_TASKS = 1000,
#endif
};

#endif
