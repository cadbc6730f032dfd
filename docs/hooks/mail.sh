#!/bin/sh
# A mail when a job has ended, or when a task was given up. For job_end and task_failed.
# Needs sendmail of some mail server (apt install msmtp-mta, for one).
TO=${BF_MAIL_TO:-root}
case $BF_EVENT in
job_end)
	subject="rendered: $BF_JOB"
	text="$BF_DONE done, $BF_FAILED failed. The pictures: $BF_OUTPUT"
	;;
task_failed)
	[ "$BF_GIVEN_UP" = yes ] || exit 0
	subject="given up: $BF_TASK of $BF_JOB"
	text="$BF_WHY (on $BF_MACHINE). Blender's log: $BF_LOG"
	;;
*) exit 0 ;;
esac
printf 'To: %s\nSubject: %s\n\n%s\n' "$TO" "$subject" "$text" | /usr/sbin/sendmail -t
