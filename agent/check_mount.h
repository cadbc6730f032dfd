/* How a folder is mounted, and what of it a farm does not like. Reads /proc/self/mountinfo, never the share. */
#ifndef AGENT_CHECK_MOUNT_H
#define AGENT_CHECK_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

struct check_mount {
	char type[64];       /* nfs4, cifs, fuse.sshfs, ext4 …; "" when it could not be found out */
	char options[1024];  /* of the mount and of the file system, separated by commas */
	char point[4096];
};

/* Is this line of mountinfo the mount of path (absolute), and below a longer mount point than out has? Then out is it. */
void check_mount_line(const char *line, const char *path, struct check_mount *out);

/* The mount on which path lies. */
void check_mount_find(const char *path, struct check_mount *out);

/* Is this option set? With '=' at its end: whatever it is set to. */
bool check_mount_has(const struct check_mount *mount, const char *option);

/* The index-th thing to be said about this mount, NULL behind the last. *bad: it makes the folder unfit. */
const char *check_mount_advice(const struct check_mount *mount, size_t index, bool *bad);

/* The mount option that makes other machines' changes visible sooner, NULL where none is known. */
const char *check_mount_fresher(const struct check_mount *mount);

/* Can other machines see it? Disks of this machine they cannot. */
bool check_mount_is_local(const struct check_mount *mount);

#endif
