package template_test

import (
	"fmt"
	"math"
	"strings"
)

// closed are the variables that have few values everywhere.
var closed = map[string]string{
	"bool": "true false", "truefalse": "True False", "yesno": "yes no", "onoff": "on off", "verb": "GET POST PUT HEAD DELETE",
	"cache": "hit miss stale", "closereason": "timeout reset eof", "authm": "basic ntlm token", "proto": "tcp udp quic",
	"runstatus": "success failed", "stage": "Staging Production Archived", "wtype": "G.1X G.2X Standard",
	"state": "Installed Staged Absent Resolved", "awdl": "AUTO SUSPEND", "wake": "RTC EC.LidOpen XHC1", "axis": "x+ x- y+ y- z+ z-",
	"partstate": "UP DOWN DRAIN INACTIVE", "rstate": "OPEN CLOSING CLOSED OFFLINE OPENING", "ioex": "IOException EOFException",
	"smtp": "RCPT DATA EHLO CONNECT", "gc": "ParNew ConcurrentMarkSweep", "dsn": "2.0.0 2.6.0", "tty": "pts/0 pts/1 tty2 unknown",
	"phrase": "Connection reset by peer|Broken pipe|Could not read from stream", "capreason": "QueryFailed AssocFailed Timeout",
	"action": "SCREEN_ON SCREEN_OFF BATTERY_CHANGED USER_PRESENT TIME_TICK", "product": "Keyboard|USB Receiver|Flash Disk",
	"agent": "curl/7.81.0|Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101|kube-probe/1.27", "printer": "laser2 office-hp frontdesk",
	"cmdline": "ro root=LABEL=/ rhgb quiet", "client": "WindowsUpdateAgent SPP DISM", "winsvc": "Spooler BITS|Windows Update|Print Workflow|Remote Registry",
	"tag": "RILJ_ACK *alarm* NetworkStats *job*/sync WindowManager AudioMix LocationManager", "nic": "eth0 eth1 wlan0 bond0 docker0 veth1a",
	"disk": "sda sdb sdc nvme0n1", "part": "sda1 sdb2 dm-0 nvme0n1p2", "md": "md0 md127", "link": "LNKA LNKB LNKE",
	"proc": "java mysqld python3 nginx postgres chrome node", "lib": "libc-2.31.so libpython3.8.so.1.0 ld-2.31.so mysqld",
	"macproc": "Safari mdworker backupd softwareupdated WindowServer Terminal loginwindow coreaudiod", "unit": "nginx.service cron.service docker.service ssh.service app-reload.timer user@1000.service",
	"svc": "ftp telnet imap pop3 auth", "partn": "batch debug long gpu", "serv": "main alpha beta", "cont": "app sidecar init-db istio-proxy",
	"rule": "Default Localhost office streaming", "objc": "AKConnection NESMSession CalAccount IMDaemon", "selector": "handleEvent:|resume|setState:completion:",
	"drv": "AppleCamIn IOThunderboltSwitch AirPortBrcm USBController", "method": "start wakeEvent handleInterrupt powerChange",
	"appsvc": "cfprefsd.daemon lsd.mapdb usernoted.client", "key": "BC1I TC0P F0Ac MSDW", "bundle": "com.apple.Mail org.mozilla.firefox com.acme.Notes", "kext": "com.acme.driver.Foo com.vend.usb",
	"updown": "down offline up", "dma": "DMA pio", "slot": "standby_a standby_b backup", "acl": "101 outside_in mgmt", "vpngroup": "staff partners contractors admins",
	"servlet": "dispatcherServlet default jsp admin", "conf": "batch.size linger.ms buffer.memory acks retries", "ext": "gz bz2 snappy deflate", "jmethod": "getAll save findById remove",
	"chatcmd": "give tp kick time weather", "world": "overworld nether arena hub", "map": "Harbor Canyon Temple Factory Bridge", "item": "sword potion arrow shield wood iron",
	"ach": "First Blood|Explorer|Untouchable|Rich", "codec": "opus aac", "zone": "cpu-0 battery skin gpu",
	"sink": "login speakers headset hdmi default", "ssid": "HomeNet|office guest|Cafe|eduroam|Airport Free", "permission": "camera microphone location contacts", "mime": "text/plain image/png text/html", "theme": "Adwaita Breeze Yaru Arc",
	"commitmsg": "Fix typo|Bump version|Merge branch|Add tests", "stagename": "qa canary live sandbox", "metric": "loss auc f1", "opt": "adam sgd rmsprop lamb",
	"imapm": "PLAIN LOGIN CRAM-MD5", "folder": "INBOX Junk Lists Archive", "virus": "Eicar-Test-Signature Win.Trojan.Agent-1 Html.Phish-2", "atcmd": "AT+CSQ AT+CREG? ATZ AT+CGATT=1",
	"slotab": "A B", "alarmtext": "low pressure|leak detected|door open", "rulename": "too hot|too dry|frost|overflow",
	"loc": "R12-M0-N4 R3-M1-NC U-4 R0-M1-L2", "netname": "alt0 alt1 mgmt", "sw": "sw-3 sw-11 sw-7", "resv": "maint friday training",
	"fsid": "scratch home proj-fs work2", "scsi": "0:0:0:0 2:0:1:0", "pci": "0000:00:1f.2 0000:03:00.0", "usb": "1-1 2-1.4 3-2",
}

// telling are variables with words that say what happened: a verb, a state, a reason. Each
// of their values makes an event of its own, for who reads the log as for who labels it.
var telling = strings.Fields("alarmtext verb cache closereason runstatus stage state awdl wake partstate rstate ioex smtp phrase capreason action")

// open are the variables whose names a plant makes up, by how one is made.
var open = map[string]func(w *writer) string{
	"user":     func(w *writer) string { return w.word() },
	"host":     func(w *writer) string { return w.word() + w.either("-", "") + w.num(1, 40) },
	"node":     func(w *writer) string { return "node-" + w.num(0, 256) },
	"nodelist": func(w *writer) string { return "node-[" + w.num(0, 99) + "-" + w.num(100, 250) + "]" },
	"fqdn": func(w *writer) string {
		return w.either(w.word()+".", "", w.word()+w.num(1, 9)+".") + w.word() + w.either(".com", ".org", ".example.net")
	},
	"path": func(w *writer) string {
		return "/" + w.either("var", "opt", "data", "home") + "/" + w.word() + "/" + w.word() + w.either(".log", "", ".conf", w.num(1, 99))
	},
	"urlpath": func(w *writer) string {
		return "/" + w.either("api", "v1", w.word()) + "/" + w.word() + w.either("", "/"+w.num(1, 999))
	},
	"url":     func(w *writer) string { return "https://" + w.word() + ".com/" + w.word() },
	"pkg":     func(w *writer) string { return "com." + w.word() + "." + w.word() },
	"comp":    func(w *writer) string { return "com." + w.word() + "." + w.word() + "/." + w.title() + "Activity" },
	"uid":     func(w *writer) string { return "u0a" + w.num(1, 200) },
	"winpath": func(w *writer) string { return `C:\Windows\` + w.title() + `\` + w.word() },
	"devpath": func(w *writer) string { return `ROOT\` + strings.ToUpper(w.word()) + `\0000` },
	"winpkg": func(w *writer) string {
		return "Package_for_KB" + w.num(900000, 999999) + "~31bf3856ad364e35~amd64~~6.1." + w.num(1, 3) + "." + w.num(0, 9)
	},
	"kb":      func(w *writer) string { return "KB" + w.num(900000, 999999) },
	"queueid": func(w *writer) string { return strings.ToUpper(w.hex(10)) },
	"email":   func(w *writer) string { return w.word() + "@" + w.word() + ".com" },
	"cluster": func(w *writer) string { return w.title() + " " + w.title() },
	"dag":     func(w *writer) string { return w.word() + "_" + w.word() },
	"task":    func(w *writer) string { return w.either("load", "extract", "check") + "_" + w.word() },
	"table":   func(w *writer) string { return w.word() + w.either("", "_"+w.word()) },
	"schema":  func(w *writer) string { return w.word() },
	"model":   func(w *writer) string { return w.either("stg", "dim", "fct") + "_" + w.word() },
	"bucket":  func(w *writer) string { return w.word() + "-" + w.word() },
	"gluejob": func(w *writer) string { return w.word() + "_etl" },
	"dmstask": func(w *writer) string { return w.word() + "-cdc" },
	"feature": func(w *writer) string { return w.word() + "_" + w.word() },
	"topic":   func(w *writer) string { return w.word() + "." + w.word() },
	"group":   func(w *writer) string { return w.word() + "-" + w.word() },
	"ns":      func(w *writer) string { return w.word() },
	"pod":     func(w *writer) string { return w.word() + "-" + w.hex(10) + "-" + w.word()[:4] + w.num(1, 9) },
	"rs":      func(w *writer) string { return w.word() + "-" + w.hex(10) },
	"image": func(w *writer) string {
		return "registry." + w.word() + ".io/" + w.word() + ":" + w.num(1, 9) + "." + w.num(0, 20)
	},
	"backend":   func(w *writer) string { return w.word() },
	"objclient": func(w *writer) string { return "android.media.AudioManager@" + w.hex(7) },
	"notif": func(w *writer) string {
		return "0|com." + w.word() + "|" + w.num(1, 999) + "|null|" + w.num(10000, 10200)
	},
	"cls": func(w *writer) string {
		return "com.acme." + w.word() + "." + w.title() + w.either("Service", "Job", "Controller")
	},
	"port_if": func(w *writer) string {
		return w.either("GigabitEthernet", "Vlan", "Ethernet") + w.num(0, 4) + w.either("/", "/0/") + w.num(1, 48)
	},
	"compbr":    func(w *writer) string { return "com." + w.word() + "/." + w.title() },
	"word":      func(w *writer) string { return w.word() },
	"sensorid":  func(w *writer) string { return w.either("th", "dw", "lk") + "-" + w.hex(4) + w.num(1, 9) },
	"mqtttopic": func(w *writer) string { return w.word() + "/" + w.word() + "/" + w.either("state", "cmd", "temp") },
	"region":    func(w *writer) string { return w.hex(32) },
}

// fresh are the variables with another value nearly each time.
var fresh = map[string]func(w *writer) string{
	"n":        func(w *writer) string { return fmt.Sprint(int(math.Exp(w.Float64() * 12))) },
	"small":    func(w *writer) string { return w.num(0, 9) },
	"neg":      func(w *writer) string { return "-" + w.num(1, 99) },
	"float":    func(w *writer) string { return fmt.Sprintf("%.*f", 1+w.IntN(4), w.Float64()*100) },
	"exp":      func(w *writer) string { return fmt.Sprintf("%.1e", w.Float64()/1000) },
	"hex":      func(w *writer) string { return "0x" + w.hex(1+w.IntN(8)) },
	"hexsw":    func(w *writer) string { return w.hex(1) + w.num(0, 9) },
	"hex4":     func(w *writer) string { return w.num(0, 9) + w.hex(3) },
	"hex8":     func(w *writer) string { return "0x" + w.hex(8) },
	"hexid":    func(w *writer) string { return w.hex(6) + w.num(10, 99) },
	"hexbytes": func(w *writer) string { return strings.ToUpper(w.hex(16)) + w.num(10, 99) },
	"uuid": func(w *writer) string {
		return w.hex(7) + "1-" + w.hex(4) + "-4" + w.hex(3) + "-" + w.hex(4) + "-" + w.hex(12)
	},
	"ip":   func(w *writer) string { return fmt.Sprintf("10.%d.%d.%d", w.IntN(4), w.IntN(200), 1+w.IntN(250)) },
	"port": func(w *writer) string { return w.either("443", "80", "5432", w.num(1024, 65000)) },
	"mac": func(w *writer) string {
		return "5a:" + w.hex(2) + ":" + w.hex(2) + ":0" + w.hex(1) + ":" + w.hex(2) + ":" + w.hex(2)
	},
	"ver":  func(w *writer) string { return w.num(1, 9) + "." + w.num(0, 20) + "." + w.num(0, 9) },
	"size": func(w *writer) string { return w.either("%.1f KB", "%.1f MB", "%.2f GB") },
	"kb":   func(w *writer) string { return fmt.Sprintf("%.2f KB", w.Float64()*90) },
	"dur": func(w *writer) string {
		return w.either(w.num(1, 900)+"ms", w.num(1, 9)+"."+w.num(1, 999)+"s", "1m"+w.num(1, 59)+"s")
	},
	"mmss": func(w *writer) string { return fmt.Sprintf("%02d:%02d", w.IntN(60), w.IntN(60)) },
	"hms":  func(w *writer) string { return fmt.Sprintf("%02d:%02d:%02d", w.IntN(24), w.IntN(60), w.IntN(60)) },
	"hmsf": func(w *writer) string {
		return fmt.Sprintf("%d:%02d:%02d.%03d", w.IntN(24), w.IntN(60), w.IntN(60), w.IntN(1000))
	},
	"date": func(w *writer) string {
		return fmt.Sprintf("%s %d %02d:%02d:%02d", w.either("Jan", "Jul", "Oct"), 10+w.IntN(18), w.IntN(24), w.IntN(60), w.IntN(60))
	},
	"clf": func(w *writer) string {
		return fmt.Sprintf("%02d/Mar/2026:%02d:%02d:%02d +0000", 1+w.IntN(28), w.IntN(24), w.IntN(60), w.IntN(60))
	},
	"iso": func(w *writer) string {
		return fmt.Sprintf("2026-03-%02dT%02d:%02d:%02d+00:00", 1+w.IntN(28), w.IntN(24), w.IntN(60), w.IntN(60))
	},
	"isoc": func(w *writer) string {
		return fmt.Sprintf("202603%02dT%02d%02d%02d", 1+w.IntN(28), w.IntN(24), w.IntN(60), w.IntN(60))
	},
	"blk":      func(w *writer) string { return "blk_" + w.either("", "-") + w.num(1<<40, 1<<60) },
	"blklist":  func(w *writer) string { return w.list("blk_", " ") },
	"iplist":   func(w *writer) string { return w.list("10.1.2.", " ") },
	"nlist":    func(w *writer) string { return w.list("", ",") },
	"tplist":   func(w *writer) string { return w.list("orders-", ", ") },
	"sstables": func(w *writer) string { return w.list("SSTableReader(path='/data/t-", "'), ") + "')" },
	"member": func(w *writer) string {
		return "consumer-" + w.num(1, 9) + "-" + w.hex(7) + "1-" + w.hex(4) + "-4" + w.hex(3) + "-" + w.hex(4) + "-" + w.hex(12)
	},
	"pg":      func(w *writer) string { return w.num(1, 9) + "." + w.hex(1) + w.num(0, 9) },
	"session": func(w *writer) string { return w.word() + strings.ToUpper(w.word()) + w.num(1, 9) + w.word() },
	"hex32":   func(w *writer) string { return w.hex(30) + w.num(10, 99) },
	"ipv6":    func(w *writer) string { return "ff12:401b:ffff::" + w.hex(3) + w.num(1, 9) + ":1" },
	"cidr":    func(w *writer) string { return "10." + w.num(0, 9) + ".0.0/16" },
	"macs":    func(w *writer) string { return "5a:01:" + w.hex(2) + ":" + w.hex(2) + ":0" + w.hex(1) + ":ff:08:00" },
	"jr":      func(w *writer) string { return "jr_" + w.hex(30) + w.num(10, 99) },
}
