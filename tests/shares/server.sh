# shellcheck shell=bash
# The server's disk, the file server and its clients, inside the guest. Read by `guest` and `fault`; the options of `bed`
# are set. A function that fails leaves the reason in $why.

# shellcheck disable=SC2154 # set by the options of bed
server=192.0.2.1
disk=/srv/disk folder=/srv/disk/share
logs=/bed/log

# try COMMAND...: what it says is the reason when it fails.
try() { why=$("$@" 2>&1) || { why="$1: ${why:-failed}"; why=${why//$'\n'/ }; return 1; }; }

# soon COMMAND...: within ten seconds it succeeds.
soon() {
	local tries=100
	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || { why="waited in vain for: $*"; return 1; }
		sleep 0.1
	done
}

listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }
daemon() { setsid "$@" >>"$logs/${1##*/}" 2>&1 </dev/null & }

# ---- disk

make_disk() {
	try modprobe -a loop quota_v2 && try truncate -s "${disk_mib}M" /srv/image && try mkfs.ext4 -q -m 0 -O quota /srv/image &&
		try mkdir -p "$disk" && try mount -o loop,usrquota /srv/image "$disk" && try mkdir -m 1777 "$folder"
}

# ---- server

server_prepare() {
	case $fs in
	nfs*)
		try modprobe -a nfs nfsv3 nfsv4 nfsd || return
		mount -t tmpfs tmpfs /var/lib/nfs
		mkdir -p /var/lib/nfs/rpc_pipefs /var/lib/nfs/nfsdcld /var/lib/nfs/v4recovery /run/rpc_pipefs
		touch /var/lib/nfs/etab /var/lib/nfs/rmtab
		mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
		mount --bind /var/lib/nfs/rpc_pipefs /run/rpc_pipefs
		try mount -t nfsd nfsd /proc/fs/nfsd || return
		mkdir -p /run/rpcbind
		daemon rpcbind -w -f
		soon test -S /run/rpcbind.sock || return
		# without locks there is nothing to wait for after the first start
		sysctl -qw fs.nfs.nlm_grace_period=1 2>/dev/null
		daemon nfsdcld -F
		try exportfs -o "$export_options,fsid=0" "*:$folder" && try rpc.mountd # it returns when it is ready
		;;
	smb3)
		try modprobe cifs || return
		mkdir -p /run/bed/samba
		cat >/run/bed/smb.conf <<-END
			[global]
			server role = standalone server
			disable spoolss = yes
			load printers = no
			log file = $logs/smbd
			private dir = /run/bed/samba
			state directory = /run/bed/samba
			cache directory = /run/bed/samba
			lock directory = /run/bed/samba
			pid directory = /run/bed/samba
			ncalrpc dir = /run/bed/samba/rpc
			[share]
			path = $folder
			read only = no
		END
		printf 'word\nword\n' | try smbpasswd -c /run/bed/smb.conf -L -s -a root
		;;
	sshfs)
		try modprobe fuse || return
		# the guest's own: that of this machine may be unreadable, or say that root may not log in
		rm -f /etc/shadow
		echo 'root:*:19000:0:99999:7:::' >/etc/shadow
		for key in server client; do
			try ssh-keygen -q -t ed25519 -N '' -f "/run/bed/$key" || return
		done
		cat >/run/bed/sshd_config <<-END
			Port 2222
			HostKey /run/bed/server
			AuthorizedKeysFile /run/bed/client.pub
			PermitRootLogin yes
			StrictModes no
			PidFile none
			Subsystem sftp internal-sftp
		END
		;;
	esac
}

server_start() {
	case $fs in
	nfs*)
		try rpc.nfsd --lease-time 10 --grace-time 10 8 && soon listens 2049
		sysctl -qw fs.nfs.nlm_grace_period=10
		;;
	smb3) daemon smbd -F --no-process-group -s /run/bed/smb.conf && soon listens 445 ;;
	sshfs) daemon /usr/sbin/sshd -D -e -f /run/bed/sshd_config && soon listens 2222 ;;
	esac
}

# Without a word to the clients. All processes in here are the guest's own: names are enough.
server_stop() {
	case $fs in
	nfs*) try rpc.nfsd 0 ;;
	smb3) pkill -KILL -x smbd ;;
	sshfs) pkill -KILL -x sshd ;;
	esac
	true
}

# ---- clients

# enter CLIENT COMMAND...: on its network and with its host name.
enter() {
	local pid
	pid=$(cat "/run/bed/client.$1") || return
	shift
	nsenter -t "$pid" -n -u -- "$@"
}

# A process that does nothing holds the namespaces. NFSv4 servers tell clients apart by their host names.
make_client() {
	local number
	number=$(printf %d "'$1")
	# shellcheck disable=SC2016 # $1 and $$ are the inner shell's
	daemon unshare --net --uts sh -c 'hostname "client-$1"; echo $$ >/run/bed/client.$1; exec sleep infinity' sh "$1"
	soon test -s "/run/bed/client.$1" &&
		try ip link add "link-$1" type veth peer name net0 netns "$(cat "/run/bed/client.$1")" &&
		try ip address add "198.51.$number.1/24" dev "link-$1" && try ip link set "link-$1" up &&
		try enter "$1" ip link set lo up && try enter "$1" ip address add "198.51.$number.2/24" dev net0 &&
		try enter "$1" ip link set net0 up && try enter "$1" ip route add default via "198.51.$number.1"
}

# mount_share CLIENT
mount_share() {
	local at=/mnt/$1 more=${mount_options:+,$mount_options}
	mkdir -p "$at"
	case $fs in
	ext4) try mount --bind "$folder" "$at" ;;
	nfs3) try enter "$1" mount -t nfs -o "vers=3,nolock$more" "$server:$folder" "$at" ;;
	nfs4) try enter "$1" mount -t nfs4 -o "vers=4.2$more" "$server:/" "$at" ;;
	smb3) try enter "$1" mount -t cifs -o "username=root,password=word$more" "//$server/share" "$at" ;;
	sshfs)
		try enter "$1" sshfs -o "port=2222,IdentityFile=/run/bed/client,StrictHostKeyChecking=no$more" \
			-o UserKnownHostsFile=/dev/null "root@$server:$folder" "$at"
		;;
	esac
}
