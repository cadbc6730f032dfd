#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/check_mount.h"

static struct check_mount mount;

static const char table[][300] = {
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
	"40 21 0:50 / /mnt/farm rw,relatime shared:7 master:2 - nfs4 nas:/srv/farm rw,vers=4.2,hard,softreval,timeo=600",
	"41 21 0:51 / /mnt/farm/old\\040one ro,relatime - cifs //nas/old rw,vers=3.1.1,soft,cache=loose",
	"42 21 0:52 / /mnt/far rw - fuse.sshfs farm@nas:/srv rw,user_id=0",
	"short line",
	"43 21 0:53 / /mnt/farm/nothing rw,relatime",
};

static void find(const char *path)
{
	memset(&mount, 0, sizeof mount);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check_mount_line(table[i], path, &mount);
}

static void the_longest_mount_point_counts(void **state)
{
	(void)state;
	find("/home/anna");
	assert_string_equal(mount.type, "ext4");
	assert_true(check_mount_is_local(&mount));
	find("/mnt/farm");
	assert_string_equal(mount.type, "nfs4");
	assert_string_equal(mount.point, "/mnt/farm");
	assert_false(check_mount_is_local(&mount));
	find("/mnt/farm/queue");
	assert_string_equal(mount.type, "nfs4");
	find("/mnt/farm/old one/x");
	assert_string_equal(mount.type, "cifs");
	find("/mnt/farmer");
	assert_string_equal(mount.type, "ext4");
	find("/mnt/far/x");
	assert_string_equal(mount.type, "fuse.sshfs");
}

static void the_mount_on_top_counts(void **state)
{
	(void)state;
	find("/mnt/farm");
	check_mount_line("50 40 0:60 / /mnt/farm rw - tmpfs none rw,size=1k", "/mnt/farm", &mount);
	assert_string_equal(mount.type, "tmpfs");
}

static void options(void **state)
{
	(void)state;
	find("/mnt/farm");
	assert_true(check_mount_has(&mount, "hard"));
	assert_true(check_mount_has(&mount, "timeo="));
	assert_true(check_mount_has(&mount, "vers=4.2"));
	assert_false(check_mount_has(&mount, "vers=4"));
	assert_false(check_mount_has(&mount, "soft")); /* softreval is another one */
	assert_false(check_mount_has(&mount, "timeo"));
}

static void advice(void **state)
{
	(void)state;
	bool bad = true;
	find("/mnt/farm");
	assert_null(check_mount_advice(&mount, 0, &bad));
	assert_string_equal(check_mount_fresher(&mount), "actimeo=1");
	find("/mnt/farm/old one");
	assert_non_null(strstr(check_mount_advice(&mount, 0, &bad), "read-only"));
	assert_true(bad);
	assert_non_null(strstr(check_mount_advice(&mount, 1, &bad), "cache=strict"));
	assert_true(bad);
	assert_non_null(strstr(check_mount_advice(&mount, 2, &bad), "`hard`"));
	assert_false(bad);
	assert_null(check_mount_advice(&mount, 3, &bad));
	find("/mnt/far");
	assert_string_equal(check_mount_fresher(&mount), "dir_cache=no");
	find("/");
	assert_null(check_mount_fresher(&mount));
	assert_null(check_mount_advice(&mount, 0, &bad));
}

static void our_own_table(void **state)
{
	(void)state;
	check_mount_find("/", &mount);
	assert_string_equal(mount.point, "/");
	assert_true(mount.type[0] != '\0');
	check_mount_find("/proc/self", &mount);
	assert_string_equal(mount.type, "proc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_mount_point_counts),
		cmocka_unit_test(the_mount_on_top_counts),
		cmocka_unit_test(options),
		cmocka_unit_test(advice),
		cmocka_unit_test(our_own_table),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
