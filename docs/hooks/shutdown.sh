#!/bin/sh
# Switch this machine off when its agent was told to end, for example by a FINISH file in agents/. For agent_stop.
# The agent's user must be allowed to (polkit, or a line for sudo); people who are logged in come first.
[ -z "$(who)" ] || { echo 'somebody is logged in'; exit 0; }
exec systemctl poweroff
