#!/bin/sh
# More power for the graphics cards while the agent runs, less afterwards. For agent_start and agent_stop.
# The agent's user must be allowed to: in /etc/sudoers.d/farm
#     farm ALL=(root) NOPASSWD: /usr/bin/nvidia-smi
# and with NoNewPrivileges=no in the unit.
case $BF_EVENT in
agent_start) watts=${BF_WATTS_WORK:-320} ;;
agent_stop) watts=${BF_WATTS_REST:-200} ;;
*) exit 0 ;;
esac
exec sudo -n /usr/bin/nvidia-smi --power-limit="$watts"
