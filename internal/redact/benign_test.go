package redact

import (
	"fmt"
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
`), "\n")

func benign(seed uint64) []string {
	m := newMaker(seed)
	out := make([]string, len(benignLines))
	for i, line := range benignLines {
		h := m.of(hexes, 32)
		uuid := fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
		out[i] = strings.NewReplacer("{h40}", m.of(hexes, 40), "{h64}", m.of(hexes, 64), "{h32}", m.of(hexes, 32), "{uuid}", uuid).Replace(line)
	}
	return out
}

func TestNothingIsHiddenInOrdinaryLines(t *testing.T) {
	r := newRedactor(t)
	assert.GreaterOrEqual(t, len(benignLines), 150)
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
