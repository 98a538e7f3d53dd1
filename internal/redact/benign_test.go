package redact

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// benignLines need no hiding: identifiers, digests and talk about secrets. {h40},
// {h64}, {h32}, {uuid} and {d} stand for generated values.
var benignLines = strings.Split(strings.TrimSpace(`
sha256:{h64}
digest=sha256:{h64} pulled
image docker.io/library/postgres@sha256:{h64}
commit {h40} by ci
md5={h32}
etag: "{h32}"
{uuid} finished
run_id=manual__2026-01-01T03:10:00+00:00
request id {uuid} took 12 ms
x-amzn-requestid: {uuid}
"traceId":"{h32}","spanId":"a2fb4a1d1a96d312"
Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106 dest: /10.250.19.102:50010
PacketResponder 1 for block blk_38865049064139660 terminating
Deleting block blk_4568434182693165548 file /mnt/hadoop/dfs/data/current/blk_4568434182693165548
pod/fraud-scorer-7d9c5b8f6d-x2x7k restarted
Successfully assigned ml/fraud-scorer-7d9c5b8f6d-x2x7k to ip-10-0-12-34.ec2.internal
s3://raw/orders/dt=2026-01-01/part-00000-{uuid}-c000.snappy.parquet
s3a://lake/warehouse/fact_orders/_SUCCESS written
Glue run jr_{h64} FAILED
JobRunId=jr_{h64} attempt=2
arn:aws:glue:eu-west-1:123456789012:job/orders_etl
arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC123
secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC123 read
"secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-XyZ789"
{"secret":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-XyZ789"}
arn:aws:iam::123456789012:role/etl assumed
2026-11-20T09:58:13.123456Z INFO started
2026-11-20 09:58:13,123 INFO started
1732096693123 epoch ms
1732096693123456789 epoch ns
ts=1732096693.123456 level=info
password=****
password=********
password: None
password: null
"password": null,
"password": "",
{"password":"***","user":"etl"}
password=<redacted>
password=[REDACTED]
password: (hidden)
password=xxxxxxxx
password=${DB_PASSWORD}
password=$DB_PASSWORD
password: {{ var.value.db_password }}
password=%(db_password)s
password = os.environ["DB_PASSWORD"]
password: str
password: Optional[str] = None
db_password varchar(64) not null
password authentication failed for user "etl"
FATAL: password authentication failed for user "etl"
password expired for user etl
Password for user etl:
Enter password:
wrong password: retry
invalid password: expired
reset password requested
password is required
password_file=/run/secrets/db_password
passwordSecretRef: shop-db
passwordKey: db
password_encryption=scram-sha-256
token expired
token: expired
Token has expired and refresh failed
user authentication token refreshed
The security token included in the request is expired
ExpiredTokenException: The security token included in the request is invalid
unexpected token: SELECT
SyntaxError: unexpected token ')'
JSONDecodeError: Unrecognized token 'foo': was expecting ('true', 'false' or 'null')
mismatched input 'FROM' expecting token: WHERE
token_count=512
max_tokens=4096
total_tokens: 18234
"prompt_tokens": 120, "completion_tokens": 80
tokens=1234567
pad_token=<pad>
next_token={uuid}
NextToken: {h64}
nextPageToken={h64}
continuation_token={h64}
token bucket is full
token_type=bearer
tokenizer: wordpiece2
csrf token missing
bearer token missing
Bearer authentication is required
Bearer realm="https://auth.docker.io/token",service="registry.docker.io"
basic authentication is not supported
basic auth failed
Basic realm="Airflow"
WWW-Authenticate: Basic realm="shop"
Authorization: Bearer ****
Authorization: Basic [REDACTED]
authorization failed for etl
authorization: denied
secretName: x
secretName: shop-db-credentials
secret: shop-db
secret "shop-db" not found
MountVolume.SetUp failed for volume "creds": secret "shop-db" not found
Secret/shop-db configured
secrets: 3
secretKeyRef: name=shop-db
secret_version=7
secrets manager refreshed
kubernetes.io/service-account-token mounted
/var/run/secrets/kubernetes.io/serviceaccount/token
token=/var/run/secrets/eks.amazonaws.com/serviceaccount/token
api_key: missing
api_key=None
api key invalid
apiKey is required
access key expired
session=closed
session: 12 rows
sessionId={uuid}
Spark session_id: {uuid}
SparkSession available as 'spark'.
PWD=/home/airflow/dags
OLDPWD=/opt/app/current
pwd: /usr/local/lib
fernet key rotated
Could not decrypt with fernet key: invalid
Found credentials in shared credentials file: ~/.aws/credentials
git@github.com:shop/etl.git cloned
https://github.com/shop/etl.git
https://etl@bitbucket.example.com/shop/etl.git
postgresql://etl@db.shop.svc:5432/shop
postgresql://etl:****@db:5432/shop
postgresql://etl:***@db.shop.example:5432/shop
jdbc:redshift://warehouse.abc123.eu-west-1.redshift.amazonaws.com:5439/dev
http://localhost:8080/api/v2/dags/orders/dagRuns
http://prometheus:9090/graph?g0.expr=up@end
ssh ec2-user@ip-10-0-12-34.ec2.internal
com.shop.Orders@1b6d3586
java.lang.OutOfMemoryError: Java heap space
at org.apache.spark.scheduler.Task.run(Task.scala:141)
lodash@4.17.21 installed
@Override public void run()
load average: 0.10 0.20 0.30 user@host
task-instance sk-learn pipeline finished
disk-usage 91 percent
risk-assessment-model-version-twenty-three-final ready
sk-learn-feature-pipeline-for-orders-and-customers done
hf_transfer enabled
hf_hub_download of bert-base-uncased done
npm_config_registry set
dapi call failed
SG.internal rule
SKU SK1234567890
key-value store
cache-key-{h32} hit
--- PASS: TestLoad (0.03s)
pass: 12 fail: 0
first_pass=12.5
eyJ is how a header starts
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
card 4111 1111 1111 1112 declined by checksum
order 1234567890123456 shipped
offset 4111111111111111111 committed
partition 0 offsets 2345678901234567 to 2345678901234568
phone 415-555-0132
port 5432 5433 5434 5435
IBAN field is empty
GB00 is not a country
DE12345
classname: Shop
ssn missing
class ssn_id varchar
lssn: 123-45-6789
version 3.11.4-2026-01-01
REPORT RequestId: {uuid} Duration: 3000.00 ms Billed Duration: 3000 ms Memory Size: 128 MB Max Memory Used: 128 MB
psycopg.errors.UndefinedColumn: column "customer_id" does not exist
LINE 1: select token, secret, password from users
select password from users where id = 1
ERROR: column "password" does not exist
ERROR: column "token" is of type text but expression is of type integer
Invalid credentials: check the secret and try again
key=orders value=42
signature=ok
sig=11 exit
X-Amz-Date=20260101T000000Z
partition rdd_11_0 evicted, rdd_42_7 stored at /tmp/blockmgr-{uuid}/0e
Block broadcast_9_piece0 stored as bytes in memory (estimated size 5.2 KB, free 366.3 MB)
attempt_1445062781478_0011_m_000001_0 is done
application_1445062781478_0011 finished with container_1445062781478_0011_01_000002
s3://lake/warehouse/fact_orders/dt=2026-01-01/hour=03/part-00000-{uuid}.c000.snappy.parquet
s3a://lake/checkpoints/orders/{h40}/state/0/12/delta-000000000000123456789012.dat
/opt/airflow/dags/shop/orders/transform/load_fact_orders_v2.py:188
gcr.io/shop-prod/etl@sha256:{h64}
ghcr.io/shop/etl:sha-{h40}
docker-pullable://123456789012.dkr.ecr.eu-west-1.amazonaws.com/etl@sha256:{h64}
containerd://{h64} started
git checkout {h40} -- dags/orders.py
Merge commit {h40} into main
go.sum h1:{b44} verified
sha384-{b64} matches
integrity sha512-{b88}
Content-MD5: {b24}
ETag: W/"{h32}-7"
payload {b64of:the quick brown fox jumps over the lazy dog}
message body {b64of:orders loaded in 12 s, 48213 rows}
thrift blob {b64}
avro schema fingerprint {h64}
checkpoint offsets={b64of:{"orders":{"0":12345,"1":67890}}}
trace-id={h32} span-id=a2fb4a1d1a96d312 sampled=1
Root=1-67f1a2b3-{h24}
x-amz-request-id: 4442587FB7D0A2F9 x-amz-id-2: {b64}
cf-ray: 8a1b2c3d4e5f6789-FRA
request_id=req-{uuid} user=admin project={h32}
[req-{uuid} {h32} {h32} - - -] GET /v2/{h32}/servers/detail status: 200 len: 1893
[instance: {uuid}] VM Started (Lifecycle Event)
mapping user_id%3D42%26page%3D7 decoded
GET /search?q=orders+late+since+monday&page=2 200
GET /api/v2/dags/orders/dagRuns?limit=100&order_by=-start_date 200
line 3: unexpected \u0022 in \u007b
C:\new\table\reports\march.csv not found
&lt;property&gt; is not closed
cpu 91%, memory 35%, disk 80%2F90%
kubectl -p 8080 get pods
ps -p 4711 -o pid
mysql -port 3306 refused
mysql: unknown option -prompt
ssh -p 22 etl@10.0.0.1
docker run -p 8080:8080 airflow
curl -u refused by the proxy
psql -U etl -a -f load.sql
tests: pass=12 fail=0 skipped=3
PASS: TestLoadOrdersFromWarehouse2
bypass=true passes: 3
pass 2 of 3 done
the password is wrong
the password is not set
password for etl is missing
password for user etl has expired
password authentication method is SCRAM-SHA-256
password encoder Pbkdf2 selected
password policy: at least 12 characters
new password must differ
PASSWORD column is NULL
SET PASSWORD requires the SUPER privilege
("password", "username", "created_at")
["token", "created_at", "updated_at"]
('token', 'orders')
{'password', 'user'}
columns: password -> varchar, token -> text
token -> orders
secret -> shop-db
"authorization", "accept", "content-type"
auth="basic" realm="shop"
"auth": {"type": "iam"}
"auth":"none"
auth=ldap sess=7 sid=12
routing_key=orders.created exchange=shop
routing_key: orders.eu.created.v2
app_key=orders
Digest response=200 ok
signature="def load(orders)"
Signature=ok
oracle:thin:@//db.shop.example:1521/orcl
jdbc:oracle:thin:@db:1521:orcl
http://airflow-webserver.airflow.svc.cluster.local:8080/dags/orders/grid?dag_run_id=manual__2026-01-01T03%3A10%3A00%2B00%3A00
https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fenrich
-----BEGIN CERTIFICATE REQUEST-----
-----END CERTIFICATE-----
MIIS is a ticker
MIIC driver loaded
$2a is a variable
price is $5$ or $6$
argon2 is enabled
version 2:1-hint
s3://raw/a/b+c/d=1/e
name = "orders" -> "orders_v2"
rows = "48213" -> "0"
apikey auth is disabled
ApiKey authentication is disabled
subscription-key header is missing
value: orders
- name: LOG_LEVEL\n  value: debug
patch applied to patient records
key-rotation finished, key-id {uuid}
ntn_exit stp_init xai-grok-model
lsv2_pt prefix
data-us-east1 zone
login('etl') failed
auth=('etl', None)
authenticate(user, password)
login("orders", "customers")
AUTH PLAIN LOGIN CRAM-MD5
AUTH failed for etl
{"token":{"value":null}}
{"apiKey":{"source":"vault"}}
orders-us14 region
{h32} in us-east-1
`), "\n")

var encodedText = regexp.MustCompile(`\{b64of:.*?[a-z0-9}]\}$|\{b64of:[^}]*\}`)

func benign(seed uint64) []string {
	m := newMaker(seed)
	out := make([]string, len(benignLines))
	for i, line := range benignLines {
		h := m.of(hexes, 32)
		uuid := fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
		line = encodedText.ReplaceAllStringFunc(line, func(text string) string {
			return base64.StdEncoding.EncodeToString([]byte(text[len("{b64of:") : len(text)-1]))
		})
		out[i] = strings.NewReplacer("{h24}", m.of(hexes, 24), "{b24}", m.of(base64s, 22)+"==", "{b44}", m.of(base64s, 43)+"=", "{b64}", m.of(base64s, 64), "{b88}", m.of(base64s, 86)+"==", "{h40}", m.of(hexes, 40), "{h64}", m.of(hexes, 64), "{h32}", m.of(hexes, 32), "{uuid}", uuid).Replace(line)
	}
	return out
}

func TestNothingIsHiddenInOrdinaryLines(t *testing.T) {
	r := newRedactor(t)
	assert.GreaterOrEqual(t, len(benignLines), 250)
	for seed := uint64(1); seed <= 20; seed++ {
		for _, line := range benign(seed) {
			clean, n := r.Text(line)
			assert.Zero(t, n, "%s -> %s", line, clean)
			assert.Equal(t, line, clean)
		}
	}
}

func TestOrdinaryLinesAllocateNothing(t *testing.T) {
	r := newRedactor(t)
	line := "2026-11-20T09:58:13Z INFO glue orders_etl: stage 3 of 7 wrote 48213 rows to s3://raw/orders in 2.31 s"
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.Text(line) }))
}
