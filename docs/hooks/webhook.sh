#!/bin/sh
# Tell a chat or a home automation, as JSON by HTTP. For any event. Needs curl; put your address here.
URL=${BF_WEBHOOK:-https://chat.example.org/hooks/render-farm}

# The text of a JSON string: names and messages may hold anything.
escaped() { printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'; }

exec curl --silent --show-error --fail --max-time 20 --header 'Content-Type: application/json' --data @- "$URL" <<END
{"text": "$(escaped "$BF_EVENT on $BF_MACHINE${BF_JOB:+, $BF_JOB}${BF_TASK:+ $BF_TASK}${BF_WHY:+: $BF_WHY}")"}
END
