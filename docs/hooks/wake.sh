#!/bin/sh
# Wake the other machines when a job was accepted. For job_start, on a machine that is always on.
# Needs wakeonlan; name the machines' network addresses here.
for address in ${BF_WAKE:-00:11:22:33:44:55 00:11:22:33:44:66}; do
	wakeonlan "$address"
done
