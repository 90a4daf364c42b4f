#!/bin/sh
# Makes the captures of two kernels that talk through a netlab with bad luck: their TAP devices ta and tb are its ends. Run it as root in a new network
# namespace and an empty folder: unshare -n sh record.sh NETLAB FOLDER. Wants tcpdump, curl, dig, iperf3, openssl and python3. No two runs give the same octets.
set -e
netlab=$1 out=$2
cat >lab.yaml <<'EOF'
name: two-kernels
title: Two kernels, and a bad link between them
hosts:
  a: {role: outside, networks: [10.77.0.0/26], tap: ta}
  r1: {role: router}
  r2: {role: router}
  b: {role: outside, networks: [10.77.0.128/26], tap: tb}
links:
  a-r1: {addresses: {a: 10.77.0.10/26, r1: 10.77.0.1/26}}
  r1-r2: {delay: 15ms, addresses: {r1: 10.77.0.65/26, r2: 10.77.0.66/26}}
  r2-b: {addresses: {b: 10.77.0.130/26, r2: 10.77.0.129/26}}
EOF
ip link set lo up
kids= lab=

# through FAULTS: a lab with these faults, and the second kernel in a namespace of its own
through() {
	"$netlab" lab lab.yaml --plain --quiet --host-net --seed "$2" --fault "r1-r2:$1" >/dev/null 2>&1 &
	lab=$!
	while ! ip link show tb >/dev/null 2>&1; do sleep 0.1; done
	sleep 0.5
	unshare -n sleep 100 &
	b=$!
	sleep 0.3
	ip link set tb netns $b
	inb ip link set lo up
	inb ip addr add 10.77.0.130/26 dev tb
	inb ip link set tb up
	inb ip route add default via 10.77.0.129
	ip route replace 10.77.0.128/26 via 10.77.0.1
	ping -c 4 -i 0.2 -W 1 10.77.0.130 >/dev/null || true # so that the neighbours are known
}
inb() { nsenter -t $b -n "$@"; }
apart() { kill $kids $lab $b 2>/dev/null || true; kids=; sleep 1; }
server() { nsenter -t $b -n "$@" >/dev/null 2>&1 & kids="$kids $!"; }

# record NAME: at both ends, until stop
record() {
	tcpdump -U -i ta -w "$out/$1.pcap" --immediate-mode 'tcp or icmp or udp port 53' 2>/dev/null &
	t1=$!
	nsenter -t $b -n tcpdump -U -i tb -w "$out/$1-at-server.pcap" --immediate-mode 'tcp or icmp or udp port 53' 2>/dev/null &
	t2=$!
	sleep 0.7
}
stop() { sleep "${1:-0.5}"; kill $t1 $t2; wait $t1 $t2 2>/dev/null || true; }

mkdir -p www
head -c 18000 /dev/zero | tr '\0' n >www/file

through loss=7%,reorder=3% 3
server python3 -m http.server --directory www --bind 10.77.0.130 80
server iperf3 -s -1 -B 10.77.0.130
sleep 2
record kernel-iperf3
iperf3 -c 10.77.0.130 -n 22000 -l 1000 -M 700 >/dev/null || true
stop
record kernel-curl
curl -s -o /dev/null http://10.77.0.130/file || true
curl -s -o /dev/null http://10.77.0.130/missing || true
curl -s -o /dev/null http://10.77.0.130:81/ || true
stop
apart

through loss=30% 5
cat >names.py <<'EOF'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.130", 53))
while True:
    q, who = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    code = 3 if b"nope" in q else 2 if b"broken" in q else 0
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\x4d\0\x82" if code == 0 else b""
    s.sendto(q[:2] + bytes([0x85, 0x80 | code]) + b"\0\1\0" + bytes([1 if answer else 0]) + b"\0\0\0\0" + q[12:end] + answer, who)
EOF
server python3 names.py
sleep 0.5
record kernel-dig
for name in www nope broken api; do dig +tries=4 +timeout=1 @10.77.0.130 $name.netlab.test >/dev/null || true; done
stop
apart

through loss=0% 1
cat >sleepy.py <<'EOF'
import socket, time
l = socket.create_server(("10.77.0.130", 7))
c, _ = l.accept()
c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
time.sleep(2.5)
n = 0
while n < 16000: n += len(c.recv(4096))
c.close()
c, _ = l.accept()   # closed with octets unread: a reset
time.sleep(0.3)
c.close()
time.sleep(1)
EOF
cat >talker.py <<'EOF'
import socket, time
c = socket.create_connection(("10.77.0.130", 7))
c.sendall(b"n" * 16000)
c.recv(1)
c = socket.create_connection(("10.77.0.130", 7))
c.sendall(b"unread")
time.sleep(1)
c = socket.create_connection(("10.77.0.130", 22))
c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
time.sleep(2.5)
EOF
server python3 sleepy.py
server python3 -c 'import socket,time; l=socket.create_server(("10.77.0.130",22)); c,_=l.accept(); time.sleep(20)'
sleep 0.5
record kernel-windows
python3 talker.py || true
stop

for year in 2020 2040; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key$year.pem -subj /CN=www.netlab.test -addext subjectAltName=DNS:www.netlab.test -days 3650 -out cert$year.pem 2>/dev/null
done
openssl req -new -key key2020.pem -subj /CN=old.netlab.test -out old.csr 2>/dev/null
printf '01\n' >serial
: >index.txt
cat >ca.cnf <<'EOF'
[ca]
default_ca = c
[c]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = p
[p]
commonName = supplied
EOF
openssl ca -batch -config ca.cnf -keyfile key2020.pem -selfsign -in old.csr -startdate 20200101000000Z -enddate 20210101000000Z -out cert2020.pem -notext >/dev/null 2>&1
server openssl s_server -accept 10.77.0.130:443 -cert cert2020.pem -key key2020.pem -tls1_2 -www -quiet
server openssl s_server -accept 10.77.0.130:444 -cert cert2040.pem -key key2040.pem -tls1_3 -www -quiet
sleep 1
record kernel-tls
curl -s --resolve www.netlab.test:443:10.77.0.130 https://www.netlab.test/ -o /dev/null || true             # refuses the certificate
curl -sk --resolve www.netlab.test:443:10.77.0.130 https://www.netlab.test/ -o /dev/null || true            # TLS 1.2
curl -sk --tls-max 1.2 --resolve www.netlab.test:444:10.77.0.130 https://www.netlab.test:444/ -o /dev/null || true # no version in common
curl -sk --resolve www.netlab.test:444:10.77.0.130 https://www.netlab.test:444/ -o /dev/null || true        # TLS 1.3
stop
apart

# two kernels joined directly: the network card is left to do what it can
unshare -n sleep 100 &
b=$!
sleep 0.3
ip link add ta type veth peer name tb netns $b
ip addr add 10.77.0.1/24 dev ta
ip link set ta up
inb ip addr add 10.77.0.2/24 dev tb
inb ip link set tb up
server python3 -m http.server --directory www --bind 10.77.0.2 80
sleep 2
record kernel-offload
curl -s -o /dev/null http://10.77.0.2/file
stop
apart
