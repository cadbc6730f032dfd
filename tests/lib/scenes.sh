# shellcheck shell=bash
# Helpers for tests with a real Blender, sourced after tap.sh (bash; what makes farms also after farm.sh): scenes that
# a script of the test makes, a farm of that Blender, and what the same Blender does alone.
#
#   need_blender                            or the test is skipped
#   make_scenes auto_scenes.py              into $scenes
#   blender_farm [LINE...]                  as new_farm, with settings for a Blender
#   agents one
#   drop_scene light.blend [NAME [LINE...]]
#   ok 'Blender alone renders it' render_alone "$scenes/light.blend" -f 1
#
# BF_BLENDER names another Blender than `blender`.

blender=${BF_BLENDER:-blender}
here=$(cd "${0%/*}" && pwd)
scenes=$WORK/scenes

need_blender() { command -v "$blender" >/dev/null || skip_all 'optional: no Blender here'; }

# make_scenes SCRIPT [FOLDER]: run one that lies beside the test; without scenes there is no test.
make_scenes() {
	mkdir -p "$WORK/tmp"
	export TMPDIR=$WORK/tmp # Blenders that fail leave a folder there
	scenes=${2:-$scenes}
	mkdir "$scenes"
	"$blender" -b --factory-startup --python-exit-code 9 -P "$here/$1" -- "$scenes" >"$WORK/scenes.log" 2>&1 && return
	diag "$(tail "$WORK/scenes.log")"
	fail 'scenes are made'
	done_testing
	exit 1
}

# Real Blenders take longer than the fake one.
blender_farm() {
	FAKE=$blender LEASE=60 BEAT=2 POLL=0.2
	new_farm 'factory_startup = yes' "$@"
}

# drop_scene SCENE [NAME [LINE...]]: into queue/ under that name by one rename, behind an ini of these lines.
drop_scene() {
	local scene=$1 name=${2:-$1}
	[ $# -lt 3 ] || printf '%s\n' '[job]' "${@:3}" >"$SHARE/queue/${name%.blend}.ini"
	cp -r "$scenes/$scene" "$SHARE/queue/.coming"
	mv "$SHARE/queue/.coming" "$SHARE/queue/$name"
}

render_alone() { "$blender" -b --factory-startup "$@" >"$WORK/alone.log" 2>&1; }

# How many pixels differ, in words of compare where they cannot be counted.
differing_pixels() { compare -metric AE "$1" "$2" null: 2>&1; }
