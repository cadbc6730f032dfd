#include "agent/check_mount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"

/* ---- mountinfo ---- */

/* Blanks and backslashes stand there as \040. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7'
			&& from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool lies_below(const char *path, const char *point)
{
	size_t len = strlen(point);
	if (!strcmp(point, "/"))
		return true;
	return !strncmp(path, point, len) && (path[len] == '/' || !path[len]);
}

void check_mount_line(const char *line, const char *path, struct check_mount *out)
{
	struct check_mount found = {0};
	char mount_options[512] = "", super_options[500] = "";
	int rest = 0;
	if (sscanf(line, "%*s %*s %*s %*s %4095s %511s%n", found.point, mount_options, &rest) != 2)
		return;
	const char *dash = strstr(line + rest, " - ");
	if (!dash || sscanf(dash + 3, "%63s %*s %499s", found.type, super_options) < 1)
		return;
	unescape(found.point);
	/* of several mounts on one point the last one is on top */
	if (!lies_below(path, found.point) || strlen(found.point) < strlen(out->point))
		return;
	snprintf(found.options, sizeof found.options, "%s%s%s", mount_options, super_options[0] ? "," : "", super_options);
	*out = found;
}

void check_mount_find(const char *path, struct check_mount *out)
{
	char *real = realpath(path, NULL);
	FILE *stream = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;
	*out = (struct check_mount){0};
	while (real && stream && getline(&line, &room, stream) >= 0)
		check_mount_line(line, real, out);
	free(line);
	if (stream)
		fclose(stream);
	free(real);
}

bool check_mount_has(const struct check_mount *mount, const char *option)
{
	size_t len = strlen(option);
	bool prefix = len && option[len - 1] == '=';
	for (const char *at = mount->options; *at;) {
		size_t n = strcspn(at, ",");
		if (n >= len && !strncmp(at, option, len) && (prefix || n == len))
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

/* ---- what to think of it ---- */

static const struct advice {
	const char *type;   /* the beginning of it */
	const char *option; /* "" = always */
	bool bad;
	const char *text;
} advices[] = {
	{ "", "ro", true, "it is mounted read-only: mount it with `rw`" },
	{ "nfs", "soft", false, "mount it with `hard` instead of `soft`: a soft mount reports errors for things that it did" },
	{ "nfs", "softerr", false, "mount it with `hard` instead of `softerr`: a soft mount reports errors for things that it did" },
	{ "nfs", "vers=2", true, "NFS version 2 has no exclusive creation: mount it with `vers=4.2` or `vers=3`" },
	{ "cifs", "cache=loose", true, "`cache=loose` shows what this machine wrote last, not what is there: mount it with `cache=strict`" },
	{ "cifs", "soft", false, "mount it with `hard` instead of `soft`: a soft mount reports errors for things that it did" },
	{ "cifs", "vers=1.0", false, "mount it with `vers=3.1.1`: version 1 of SMB is old and unsafe" },
	{ "fuse.rclone", "", true, "rclone uploads files after the fact, and two machines may both believe to be first" },
	{ "fuse.gvfsd-fuse", "", true, "a folder of the file manager is not made for programs: mount it (see the README)" },
};

const char *check_mount_advice(const struct check_mount *mount, size_t index, bool *bad)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
		const struct advice *advice = &advices[i];
		bool holds = !strncmp(mount->type, advice->type, strlen(advice->type))
			&& (!advice->option[0] || check_mount_has(mount, advice->option));
		if (holds && index-- == 0) {
			*bad = advice->bad;
			return advice->text;
		}
	}
	return NULL;
}

const char *check_mount_fresher(const struct check_mount *mount)
{
	if (!strncmp(mount->type, "nfs", 3))
		return "actimeo=1";
	if (!strcmp(mount->type, "fuse.sshfs"))
		return "dir_cache=no";
	if (!strcmp(mount->type, "cifs") || !strcmp(mount->type, "smb3"))
		return "cache=strict,actimeo=1";
	return NULL;
}

bool check_mount_is_local(const struct check_mount *mount)
{
	static const char *const local[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "zfs", "f2fs", "overlay", "vfat", "exfat",
		"ntfs3", "fuseblk", NULL };
	for (int i = 0; local[i]; i++)
		if (!strcmp(mount->type, local[i]))
			return true;
	return false;
}
