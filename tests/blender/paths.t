#!/bin/bash
# timeout: 300
# Paths of another operating system, as [path N] in agent.ini replaces them.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/scenes.sh"

# ---- the rules, without Blender

cat >"$WORK/rules.py" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from bf_paths import mapped
maps = [("P:\\", "/mnt/p"), ("P:\\big\\", "/mnt/big/"), ("//nas/sets", "/mnt/sets"), ("/Volumes/projects/", "/mnt/projects"),
        ("/old", "/")]
for path, wanted in [
        ("P:\\a\\b.png", "/mnt/p/a/b.png"), ("p:/a/b.png", "/mnt/p/a/b.png"), ("P:\\BIG\\x", "/mnt/big/x"), ("P:\\bigger\\x", "/mnt/p/bigger/x"),
        ("\\\\NAS\\sets\\set.blend", "/mnt/sets/set.blend"), ("//nas/sets/a", None), ("//textures/a.png", None),
        ("/Volumes/projects/a", "/mnt/projects/a"), ("/Volumes/projects", "/mnt/projects"), ("/volumes/projects/a", None),
        ("/Volumes/projects2/a", None), ("/old/a", "/a"), ("/old", "/"), ("Q:\\a", None), ("a.png", None), ("", None)]:
    if mapped(path, maps) != wanted:
        print(path, mapped(path, maps), wanted)
END
is "$(python3 "$WORK/rules.py" agent/blender 2>&1)" '' 'rules: drives, servers, folders, the longest wins, // is beside the file'

# ---- in Blender

command -v "$blender" >/dev/null || { skip 'in Blender' 'optional: no Blender here'; done_testing; exit; }
drive=$BF_BIN/tests/blenderdrive
make_scenes paths_scenes.py
mkdir "$WORK/b1" "$WORK/b2"
got=$(printf 'open %s/linked.blend\nopen %s/textured.blend\n' "$scenes" "$scenes" | "$drive" -p "$blender" -f "$WORK/b1")
diag "$got"
is "$(echo "$got" | grep -c ' missing=[1-9] ')" 2 'without rules the library is missing, and so is the texture'
got=$(printf 'open %s/linked.blend\nrender 1 linked\nopen %s/textured.blend\nrender 1 textured\n' "$scenes" "$scenes" |
	"$drive" -p "$blender" -f -m "P:\\=$scenes/nas" -m "\\\\nas\\sets=$scenes/sets" "$WORK/b2")
diag "$got"
is "$(echo "$got" | grep -c ' missing=0 warnings=0 ')" 2 'with rules nothing is'
# The middle of the picture is the cube, and its texture is green.
green() { convert "$1" -crop 4x4+50+30 -scale 1x1! -format '%[fx:g>0.5&&g>1.5*r&&g>1.5*b]' info:; } # however the view transform paints it
is "$(green "$WORK/b2/out/linked-0001.png")" 1 'the library was read, and its own texture found'
is "$(green "$WORK/b2/out/textured-0001.png")" 1 'the texture too'
done_testing
