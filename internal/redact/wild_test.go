package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
)

// wild is records as systems really write them. «NAME» is a secret made by the generator
// of that name; what stands around it may stay. The first column is the family by which
// found and missed are counted.
var wild = [][2]string{
	{"aws", `export AWS_ACCESS_KEY_ID=«aws id» AWS_SECRET_ACCESS_KEY=«b64 40» AWS_DEFAULT_REGION=eu-west-1`},
	{"aws", `aws_secret_access_key = «b64 40»`},
	{"aws", `COPY fact_orders FROM 's3://raw/orders/' CREDENTIALS 'aws_access_key_id=«aws id»;aws_secret_access_key=«b64 40»' CSV;`},
	{"aws", `COPY fact_orders FROM 's3://raw/orders/' ACCESS_KEY_ID '«aws id»' SECRET_ACCESS_KEY '«b64 40»' SESSION_TOKEN '«b64 200»' CSV;`},
	{"aws", `GET https://raw.s3.eu-west-1.amazonaws.com/orders?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=«aws id»%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Expires=900&X-Amz-Signature=«hex 64» HTTP/1.1`},
	{"aws", `Authorization: AWS4-HMAC-SHA256 Credential=«aws id»/20260101/eu-west-1/glue/aws4_request, SignedHeaders=host;x-amz-date, Signature=«hex 64»`},
	{"aws", `spark.hadoop.fs.s3a.access.key=«aws id» spark.hadoop.fs.s3a.secret.key=«b64 40»`},
	{"aws", `<property><name>fs.s3a.secret.key</name><value>«b64 40»</value></property>`},
	{"aws", `ABSK bearer AWS_BEARER_TOKEN_BEDROCK=«bedrock»`},
	{"gcp", `using key «gcp api» for maps`},
	{"gcp", `Authorization: Bearer «gcp oauth»`},
	{"gcp", `{"client_id":"1.apps.googleusercontent.com","client_secret":"«gcp client»","refresh_token":"«gcp refresh»","type":"authorized_user"}`},
	{"gcp", `GET https://storage.googleapis.com/raw/orders?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=900&X-Goog-Signature=«hex 512»`},
	{"gcp", `{"type": "service_account", "project_id": "shop", "private_key_id": "«hex 40»", "private_key": "«pem escaped»\n", "client_email": "«email»"}`},
	{"gcp", `HMAC key «gcp hmac» secret: «b64 40»`},
	{"azure", `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=«b64 86»==;EndpointSuffix=core.windows.net`},
	{"azure", `Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=«b64 43»=`},
	{"azure", `SharedAccessSignature sr=shop.servicebus.windows.net&sig=«pct 43»%3D&se=1767225600&skn=Root`},
	{"azure", `AZURE_CLIENT_SECRET=«azure secret»`},
	{"azure", `client secret «azure secret» of application 7 expires soon`},
	{"azure", `{"tenant":"common","appId":"shop","password":"«azure secret»"}`},
	{"azure", `fs.azure.account.oauth2.client.secret: «azure secret»`},
	{"azure", `AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey=«b64 86»==;`},
	{"azure", `azcopy copy https://shop.blob.core.windows.net/raw?sv=2022-11-02&sp=r&sig=«pct 43»%3D /tmp`},
	{"github", `git clone https://x-access-token:«github»@github.com/shop/etl.git`},
	{"github", `git clone https://«github»@github.com/shop/etl.git`},
	{"github", `remote: Invalid username or token «github pat». Password authentication is not supported`},
	{"gitlab", `curl --header "PRIVATE-TOKEN: «gitlab»" https://gitlab.example/api/v4/projects`},
	{"gitlab", `CI_JOB_TOKEN=«gitlab job» CI_REGISTRY_PASSWORD=«alnum 20»`},
	{"gitlab", `registration token «gitlab runner» is deprecated`},
	{"slack", `slack_sdk: token=«slack bot», ok=False, error=invalid_auth`},
	{"slack", `SLACK_APP_TOKEN=«slack app» SLACK_SIGNING_SECRET=«hex 32»`},
	{"webhook", `POST https://hooks.slack` + `.com/services/«slack hook» 404`},
	{"webhook", `POST https://hooks.slack` + `.com/workflows/«slack hook»/77 200`},
	{"webhook", `POST https://discord` + `.com/api/webhooks/«digits 18»/«urlsafe 68» 204`},
	{"webhook", `POST https://shop.webhook.office` + `.com/webhookb2/«uuid»@«uuid»/IncomingWebhook/«hex 32»/«uuid» 200`},
	{"webhook", `POST https://events.pagerduty.com/v2/enqueue routing_key=«hex 32»`},
	{"stripe", `stripe.error.AuthenticationError: Invalid API Key provided: «stripe»`},
	{"stripe", `STRIPE_WEBHOOK_SECRET=«stripe hook»`},
	{"twilio", `TWILIO_AUTH_TOKEN=«hex 32» TWILIO_ACCOUNT_SID=AC0`},
	{"twilio", `twilio key «twilio» was revoked`},
	{"sendgrid", `sendgrid: 401 with «sendgrid»`},
	{"mail", `mailgun api «mailgun» refused`},
	{"mail", `mailchimp «mailchimp» refused`},
	{"mail", `smtp://alerts:«alnum 16»@smtp.example.com:587`},
	{"model", `openai.AuthenticationError: Incorrect API key provided: «openai». You can find your API key at https://platform.openai.com`},
	{"model", `x-api-key: «anthropic»`},
	{"model", `huggingface_hub: 401 for token «huggingface»`},
	{"model", `GROQ «groq» XAI «xai» REPLICATE «replicate» PERPLEXITY «perplexity»`},
	{"model", `wandb login «hex 40»`},
	{"model", `WANDB_API_KEY=«hex 40»`},
	{"model", `langsmith «langsmith» pinecone «pinecone»`},
	{"data tools", `databricks configure --token «databricks»`},
	{"data tools", `jdbc:databricks://adb-1.azuredatabricks.net:443/default;transportMode=http;ssl=1;AuthMech=3;UID=token;PWD=«databricks»`},
	{"data tools", `jdbc:snowflake://shop.snowflakecomputing.com/?user=etl&password=«alnum 14»&warehouse=WH`},
	{"data tools", `snowflake://etl:«alnum 14»@shop/db/schema?warehouse=WH`},
	{"data tools", `Authorization: Snowflake Token="«snowflake»"`},
	{"data tools", `SNOWFLAKE_PRIVATE_KEY_PASSPHRASE=«pw» SNOWFLAKE_PASSWORD=«pw»`},
	{"data tools", `CREATE STAGE raw URL='s3://raw' CREDENTIALS=(AWS_KEY_ID='«aws id»' AWS_SECRET_KEY='«b64 40»')`},
	{"data tools", `dbt cloud «dbt» prefect «prefect» terraform «terraform»`},
	{"data tools", `//registry.example.com/:_authToken=«npm»`},
	{"data tools", `//npm.example.com/:_authToken=«uuid»`},
	{"data tools", `TWINE_PASSWORD=«pypi»`},
	{"data tools", `pulumi «pulumi» vault «vault» doppler «doppler» tailscale «tailscale» postman «postman»`},
	{"data tools", `sentry «sentry» atlassian «atlassian» figma «figma» notion «notion» airtable «airtable»`},
	{"data tools", `planetscale «planetscale» supabase «supabase» rubygems «rubygems» sonar «sonar» buildkite «buildkite»`},
	{"jwt", `GET /api/v2/dags?access_token=«jwt» 401`},
	{"jwt", `upstream refused «jwt»`},
	{"jwt", `Authorization: Bearer «jwt»`},
	{"private key", "loaded key:\n«pem»\nfor etl"},
	{"private key", "loaded key: «pem escaped» for etl"},
	{"private key", "loaded key:\n«openssh»\nfor etl"},
	{"private key", "key: |\n  «pem indented»\n"},
	{"private key", "... 12 lines left out ...\n«pem tail»"},
	{"private key", "«pem head»\n[... 12 lines left out ...]"},
	{"private key", `private key as one line: «pkcs8»`},
	{"private key", `«pgp»`},
	{"password", `password=«pw»`},
	{"password", `db_password: "«pw»"`},
	{"password", `{"user":"etl","password":"«pw»","port":5432}`},
	{"password", `{"user":"etl","password":"«quoted pw»","port":5432}`},
	{"password", `{'user': 'etl', 'password': '«pw»'}`},
	{"password", `Config(user='etl', password='«pw»', retries=3)`},
	{"password", `connect(host=db user=etl password='«alnum 6» «alnum 6»' dbname=shop)`},
	{"password", `{Host:db Port:5432 User:etl Password:«alnum 14» SSLMode:require}`},
	{"password", `Map(user -> etl, password -> «alnum 14»)`},
	{"password", `:user=>"etl", :password=>"«pw»"`},
	{"password", `("password", "«pw»")`},
	{"password", `password «alnum 14» rejected for etl`},
	{"password", `the password is «pw»`},
	{"password", `Password for etl is: «pw»`},
	{"password", `passwd:«alnum 14»`},
	{"password", `SET PASSWORD FOR 'etl'@'%' = '«pw»'`},
	{"password", `ALTER ROLE etl WITH LOGIN PASSWORD '«pw»'`},
	{"password", `CREATE USER 'etl'@'%' IDENTIFIED BY '«pw»'`},
	{"password", `CREATE USER etl IDENTIFIED BY "«pw»"`},
	{"password", `CREATE USER etl PASSWORD = '«pw»' DEFAULT_ROLE = LOADER`},
	{"password", `<password>«alnum 14»</password>`},
	{"password", `<property name="hibernate.connection.password" value="«alnum 14»"/>`},
	{"password", `<add name="db" connectionString="Server=db;Uid=etl;Pwd=«alnum 14»;"/>`},
	{"password", `&quot;password&quot;:&quot;«alnum 14»&quot;`},
	{"password", `password\u003d«alnum 14»\u0026user\u003detl`},
	{"password", `user%3Detl%26password%3D«alnum 14»%26ssl%3Dtrue`},
	{"password", `%7B%22user%22%3A%22etl%22%2C%22password%22%3A%22«alnum 14»%22%7D`},
	{"password", `password%253D«alnum 14»%2526user`},
	{"password", `MASTER_USER_PASSWORD=«pw» MasterUserPassword: «pw»`},
	{"password", `"SecretString": "{\"username\":\"etl\",\"password\":\"«alnum 14»\",\"host\":\"db\"}"`},
	{"password", `'SecretString': '{"username":"etl","password":"«alnum 14»"}'`},
	{"password", `etl:$6$«alnum 12»$«alnum 86»:19000:0:99999:7:::`},
	{"password", `password hash $2b$12$«alnum 53»`},
	{"password", `requirepass «alnum 14»`},
	{"password", `ssl.keystore.password=«alnum 14» ssl.key.password=«alnum 14» -Djavax.net.ssl.trustStorePassword=«alnum 14»`},
	{"password", `"passphrase": "«alnum 8» «alnum 8»"`},
	{"command line", `mysql -h db -u etl -p«alnum 14» shop`},
	{"command line", `mysqldump --user=etl --password=«alnum 14» shop`},
	{"command line", `PGPASSWORD=«pw» psql -h db -U etl`},
	{"command line", `PGPASSWORD='«pw»' psql -h db -U etl`},
	{"command line", `sshpass -p «alnum 14» ssh etl@10.0.0.1`},
	{"command line", `sshpass -p '«pw»' scp a b`},
	{"command line", `curl -sS -u etl:«alnum 14» https://airflow.example/api/v2/dags`},
	{"command line", `curl --user 'etl:«pw»' https://airflow.example`},
	{"command line", `curl -H 'X-Api-Key: «alnum 32»' https://api.example`},
	{"command line", `curl -H "X-Auth-Token: «alnum 32»" -H "X-Vault-Token: «alnum 32»" https://vault`},
	{"command line", `redis-cli -h cache -a «alnum 14» ping`},
	{"command line", `docker login -u etl -p «alnum 14» registry.example.com`},
	{"command line", `openssl rsa -in k.pem -passin pass:«alnum 14»`},
	{"command line", `keytool -storepass «alnum 14» -keypass «alnum 14» -list`},
	{"command line", `aws dms create-endpoint --username etl --password «pw» --server-name db`},
	{"command line", `kubectl create secret generic db --from-literal=password=«alnum 14»`},
	{"command line", `sqlplus etl/«alnum 14»@//db:1521/shop`},
	{"command line", `beeline -u jdbc:hive2://h:10000 -n etl -p «alnum 14»`},
	{"command line", `spark-submit --conf spark.hadoop.fs.s3a.secret.key=«b64 40» --class Load app.jar`},
	{"url", `could not connect to postgresql://etl:«alnum 12»@db.shop.example:5432/shop`},
	{"url", `postgresql+psycopg2://etl:«pct pw»@db:5432/shop`},
	{"url", `redis://:«alnum 20»@cache:6379/0`},
	{"url", `mongodb+srv://etl:«alnum 20»@cluster0.example.net/?retryWrites=true`},
	{"url", `amqps://etl:«alnum 20»@mq.example:5671/vhost`},
	{"url", `https://«hex 40»@git.example.com/shop/etl.git`},
	{"url", `postgresql%3A%2F%2Fetl%3A«alnum 12»%40db%3A5432%2Fshop`},
	{"url", `https://api.example/v1/items?api_key=«alnum 32»&limit=5`},
	{"url", `https://api.example/v1/items?key=«gcp api»`},
	{"url", `GET /callback?code=1&state=x&id_token=«jwt» 302`},
	{"jdbc", `jdbc:postgresql://db:5432/shop?user=etl&password=«alnum 14»&ssl=true`},
	{"jdbc", `jdbc:sqlserver://db:1433;user=etl;password=«pw»;encrypt=true`},
	{"jdbc", `jdbc:mysql://etl:«alnum 14»@db:3306/shop`},
	{"jdbc", `jdbc:oracle:thin:etl/«alnum 14»@db:1521:orcl`},
	{"jdbc", `jdbc:redshift:iam://warehouse.eu-west-1/dev?AccessKeyID=«aws id»&SecretAccessKey=«b64 40»`},
	{"odbc", `Driver={ODBC Driver 18};Server=db,1433;UID=etl;PWD=«pw»;Encrypt=yes`},
	{"odbc", `Driver={ODBC Driver 18};Server=db,1433;UID=etl;PWD={«alnum 6»;«alnum 6»};Encrypt=yes`},
	{"odbc", `Data Source=db;Initial Catalog=shop;User Id=etl;Password=«alnum 14»;`},
	{"odbc", `host=db port=5432 user=etl password=«pw» dbname=shop`},
	{"airflow", `AIRFLOW__CORE__FERNET_KEY=«urlsafe 43»=`},
	{"airflow", `AIRFLOW_CONN_SHOP='postgres://etl:«alnum 12»@db:5432/shop'`},
	{"airflow", `AIRFLOW_CONN_SHOP='{"conn_type":"postgres","login":"etl","password":"«alnum 14»","host":"db"}'`},
	{"airflow", `AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://airflow:«alnum 12»@db/airflow`},
	{"airflow", `AIRFLOW__WEBSERVER__SECRET_KEY=«hex 32» AIRFLOW__API_AUTH__JWT_SECRET=«alnum 32»`},
	{"airflow", `Using connection ID 'aws' for task. extra={"aws_secret_access_key": "«b64 40»", "region_name": "eu-west-1"}`},
	{"airflow", `Running: ['bash', '-c', 'export DB_PASS=«alnum 14»; ./load']`},
	{"airflow", `Running: ['psql', '--password', '«alnum 14»', '-h', 'db']`},
	{"dms, redshift", `{"EndpointIdentifier":"shop","ServerName":"db","Username":"dms","Password":"«pw»","Port":5432}`},
	{"dms, redshift", `{"DbUser": "IAM:etl", "DbPassword": "«b64 120»", "Expiration": "2026-01-01T00:00:00Z"}`},
	{"dms, redshift", `endpoint-settings {"PostgreSQLSettings":{"Username":"dms","Password":"«alnum 14»"}}`},
	{"dms, redshift", `redshift_connector.connect(host='warehouse', user='etl', password='«pw»')`},
	{"kubernetes", "users:\n- name: etl\n  user:\n    client-key-data: «b64 pem»\n    token: «jwt»"},
	{"kubernetes", "kind: Secret\ndata:\n  password: «b64 24»\n  api-key: «b64 32»"},
	{"kubernetes", `{"kind":"Secret","data":{"DB_PASSWORD":"«b64 24»"}}`},
	{"kubernetes", `- name: DB_PASSWORD\n  value: «alnum 14»`},
	{"kubernetes", "- name: DB_PASSWORD\n  value: «alnum 14»"},
	{"kubernetes", `{"auths":{"registry.example.com":{"username":"etl","auth":"«basic»"}}}`},
	{"kubernetes", `last-applied-configuration: {"stringData":{"token":"«alnum 32»"}}`},
	{"kafka", `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="etl" password="«pw»";`},
	{"kafka", `sasl.username=etl sasl.password=«alnum 40» security.protocol=SASL_SSL`},
	{"kafka", `basic.auth.user.info=etl:«alnum 40»`},
	{"header", `> Authorization: Basic «basic»`},
	{"header", `Proxy-Authorization: Basic «basic»`},
	{"header", `"Authorization": ["Bearer «urlsafe 40»"]`},
	{"header", `headers={'Authorization': 'Bearer «urlsafe 40»', 'Accept': '*/*'}`},
	{"header", `Authorization: Token token=«alnum 32»`},
	{"header", `Authorization: GenieKey «uuid»`},
	{"header", `Authorization: Bot «urlsafe 59»`},
	{"header", `Authorization: Digest username="etl", realm="x", nonce="1", uri="/", response="«hex 32»"`},
	{"header", `Authorization: «alnum 40»`},
	{"header", `[('Authorization', 'Bearer «urlsafe 40»'), ('Host', 'api')]`},
	{"header", `api-key: «hex 32»`},
	{"cookie", `Cookie: theme=dark; session=«alnum 32»; lang=en`},
	{"cookie", `Set-Cookie: JSESSIONID=«alnum 32»; Path=/; HttpOnly`},
	{"cookie", `Cookie: sid=«alnum 32»; _shop_auth=«urlsafe 40»; csrftoken=«alnum 32»`},
	{"cookie", `{"cookie":"connect.sid=s%3A«alnum 32».«alnum 40»; a=b"}`},
	{"secret", `client_secret=«alnum 30»&grant_type=client_credentials`},
	{"secret", `DJANGO SECRET_KEY = '«pw»'`},
	{"secret", `secret_key_base: «hex 128»`},
	{"secret", `consumerSecret=«alnum 40» appSecret: «alnum 32» webhook_secret="«alnum 32»"`},
	{"secret", `encryption_key=«b64 43»= signing_key=«hex 64»`},
	{"secret", `refresh_token=«alnum 40» id_token=«jwt» bearerToken: «alnum 40»`},
	{"secret", `{"access_token": "«alnum 40»", "token_type": "Bearer", "expires_in": 3600}`},
	{"secret", `DD_API_KEY=«hex 32» DD_APP_KEY=«hex 40»`},
	{"secret", `OAuth2 authorization: code_verifier=«urlsafe 43» client_assertion=«jwt»`},
	{"secret", `auth_key=«alnum 32» authkey: «alnum 32» license_key=«alnum 40»`},
	{"data tools", `bedrock «bedrock», google «gcp refresh», session «snowflake» expired`},
	{"second set", `Connecting with {"host": "db", "user": "etl", "pass": "«pw»"}`},
	{"second set", `pass=«pw» user=etl`},
	{"second set", `redis.exceptions.AuthenticationError: invalid password «alnum 14» for user default`},
	{"second set", `Login failed for user 'etl' with password '«pw»'`},
	{"second set", `db.password = "«pw»"`},
	{"second set", `spring.datasource.password: «pw»`},
	{"second set", `--db-password=«pw» --db-user=etl`},
	{"second set", `ENV MYSQL_ROOT_PASSWORD «alnum 14»`},
	{"second set", `{"key":"DB_PASSWORD","value":"«pw»"}`},
	{"second set", `{"Name":"/shop/db/password","Type":"SecureString","Value":"«pw»"}`},
	{"second set", `os.environ['OPENAI_API_KEY'] = '«openai»'`},
	{"second set", `credentials: {accessKeyId: '«aws id»', secretAccessKey: '«b64 40»', sessionToken: '«b64 200»'}`},
	{"second set", `User-Agent: x; X-Api-Token: «alnum 40»; Accept: */*`},
	{"second set", `grpc metadata: authorization=[Bearer «urlsafe 40»]`},
	{"second set", `Cookie: "_gh_sess=«urlsafe 80»; logged_in=yes"`},
	{"second set", `smtp_login user=alerts@shop.example pw=«alnum 16»`},
	{"second set", `mongodb://etl:«alnum 16»@a:27017,b:27017,c:27017/shop?replicaSet=rs0`},
	{"second set", `s3://«aws id»:«pct 40»@raw/orders`},
	{"second set", `GET /hook?token=«alnum 32» HTTP/1.1`},
	{"second set", `connect 'host=db;user=etl;password=«alnum 12»'`},
	{"second set", `secret: !!binary «b64 44»`},
	{"second set", `vault kv put secret/db password=«alnum 14»`},
	{"second set", `export GOOGLE_APPLICATION_CREDENTIALS_JSON='{"private_key":"«pem escaped»"}'`},
	{"second set", `terraform: password = "«pw»" -> null`},
	{"second set", `~ master_password = "«alnum 14»" -> "«alnum 14»"`},
	{"second set", `ALTER USER etl SET PASSWORD = '«pw»'`},
	{"second set", `x-amz-security-token:«b64 200»`},
	{"second set", `MLFLOW_TRACKING_TOKEN=«alnum 40» MLFLOW_TRACKING_PASSWORD=«alnum 14»`},
	{"second set", `hive.metastore.uris; javax.jdo.option.ConnectionPassword=«alnum 14»`},
	{"second set", `<jdbc-url>jdbc:mysql://db/shop?user=etl&amp;password=«alnum 14»</jdbc-url>`},
	{"second set", `elasticsearch ApiKey «b64 60»`},
	{"second set", `Authorization: ApiKey «b64 60»==`},
	{"second set", `aws configure set aws_secret_access_key «b64 40»`},
	{"second set", `[client]\npassword=«alnum 14»`},
	{"second set", "[client]\npassword=«alnum 14»\nhost=db"},
	{"second set", `ftp://etl:«alnum 12»@files.example/out.csv`},
	{"second set", `Ocp-Apim-Subscription-Key: «hex 32»`},
	{"second set", `security_answer=«alnum 12» otp_secret=«alnum 32» totp_seed: «alnum 32»`},
	{"third set", `LDAP bind as cn=etl,dc=shop failed with bindpw «alnum 14»`},
	{"third set", `ldap_bind_password: «pw»`},
	{"third set", `"connection_string": "mongodb://etl:«alnum 16»@db:27017"`},
	{"third set", `INFO oauth2: exchanged code for access_token «alnum 40»`},
	{"third set", `kafka-console-consumer --consumer-property sasl.jaas.config='... username="k" password="«b64 64»";'`},
	{"third set", `Using service principal 11111111-2222-3333-4444-555555555555 with key «azure secret»`},
	{"third set", `GITHUB_TOKEN: «github»`},
	{"third set", `remote add origin https://oauth2:«gitlab»@gitlab.example/etl.git`},
	{"third set", `snowsql -a shop -u etl --private-key-path k.p8 --authenticator SNOWFLAKE_JWT --token «jwt»`},
	{"third set", `Set-Cookie: remember_token=«urlsafe 64»; Path=/`},
	{"third set", `minio: AccessKey=minio SecretKey=«b64 40»`},
	{"third set", `hadoop.security.credential... dfs.client.password=«alnum 12»`},
	{"third set", `{"level":"debug","req":{"headers":{"x-api-key":"«alnum 40»","host":"a"}}}`},
	{"third set", `{"apiKey":{"value":"«alnum 40»"}}`},
	{"third set", `auth: {user: etl, pass: «alnum 14»}`},
	{"third set", `auth=('etl', '«pw»')`},
	{"third set", `login('etl', '«pw»')`},
	{"third set", `-Dhttp.proxyPassword=«alnum 12» -Dhttp.proxyUser=etl`},
	{"third set", `HTTPS_PROXY=http://etl:«alnum 12»@proxy:3128`},
	{"third set", `s3cmd: access_key = «aws id», secret_key = «b64 40»`},
	{"third set", `ansible_become_pass=«alnum 12» ansible_ssh_pass: «alnum 12»`},
	{"third set", `PRIVATE_KEY="«pem escaped»"`},
	{"third set", `redis AUTH «alnum 20»`},
	{"third set", `smtp AUTH PLAIN «basic»`},
	{"third set", `otpauth://totp/shop:etl?secret=«alnum 32»&issuer=shop`},
	{"third set", `MLFLOW: https://etl:«alnum 12»@mlflow.example/api`},
	{"person", `mail to «email» bounced`},
	{"person", `user=«email» login ok`},
	{"person", `https://shop.example/unsubscribe?email=«email pct»&x=1`},
	{"person", `card «card» declined`},
	{"person", `card «card spaced» declined`},
	{"person", `{"pan":"«card»","exp":"12/29"}`},
	{"person", `iban «iban» refused`},
	{"person", `applicant ssn: «ssn» approved`},
}

// generators make the values that «NAME» stands for.
func (m maker) named(name string) string {
	for alphabet, chars := range map[string]string{"hex ": hexes, "b64 ": base64s, "alnum ": alnum, "urlsafe ": urlsafe, "digits ": digits} {
		if n, ok := strings.CutPrefix(name, alphabet); ok {
			if length, err := strconv.Atoi(n); err == nil {
				return m.of(chars, length)
			}
		}
	}
	if n, ok := strings.CutPrefix(name, "pct "); ok && n != "pw" {
		length, _ := strconv.Atoi(n)
		return url.QueryEscape(m.of(base64s, length))
	}
	if v, ok := prefixed[name]; ok {
		return v[0] + m.of(alphabets[v[1]], int(v[2][0])) + v[3]
	}
	return odd[name](m)
}

var alphabets = map[string]string{"hex": hexes, "alnum": alnum, "urlsafe": urlsafe, "upper": uppers + digits, "lower": lowers + digits, "base32": uppers + "234567"}

// prefixed are values of a prefix, so many bytes of an alphabet, and an end. They are put together here, so
// that no scanner takes this file for a leak.
var prefixed = map[string][4]string{}

func init() {
	for name, v := range map[string]struct {
		prefix, alphabet string
		n                byte
		end              string
	}{
		"aws id": {"AK" + "IA", "base32", 16, ""}, "bedrock": {"AB" + "SK", "alnum", 128, "="},
		"gcp api": {"AI" + "za", "urlsafe", 35, ""}, "gcp oauth": {"ya" + "29.", "urlsafe", 120, ""}, "gcp client": {"GOC" + "SPX-", "urlsafe", 28, ""},
		"gcp refresh": {"1/" + "/0", "urlsafe", 60, ""}, "gcp hmac": {"GO" + "OG1E", "upper", 55, ""},
		"github": {"gh" + "p_", "alnum", 36, ""}, "github pat": {"github" + "_pat_", "alnum", 82, ""},
		"gitlab": {"gl" + "pat-", "urlsafe", 20, ""}, "gitlab job": {"gl" + "cbt-", "urlsafe", 24, ""}, "gitlab runner": {"GR" + "1348941", "urlsafe", 20, ""},
		"slack bot": {"xo" + "xb-123456789012-123456789012-", "alnum", 24, ""}, "slack app": {"xa" + "pp-1-A0-1-", "hex", 64, ""},
		"stripe": {"sk" + "_live_", "alnum", 24, ""}, "stripe hook": {"wh" + "sec_", "alnum", 32, ""}, "twilio": {"S" + "K", "hex", 32, ""},
		"mailgun": {"ke" + "y-", "hex", 32, ""}, "mailchimp": {"", "hex", 32, "-us" + "14"},
		"openai": {"sk" + "-proj-", "urlsafe", 120, ""}, "anthropic": {"sk" + "-ant-api03-", "urlsafe", 93, ""}, "huggingface": {"hf" + "_", "alnum", 34, ""},
		"groq": {"gs" + "k_", "alnum", 52, ""}, "xai": {"xa" + "i-", "alnum", 80, ""}, "replicate": {"r8" + "_", "alnum", 37, ""}, "perplexity": {"pp" + "lx-", "alnum", 48, ""},
		"langsmith": {"lsv2" + "_pt_", "hex", 32, "_0123456789"}, "pinecone": {"pc" + "sk_", "alnum", 60, ""},
		"databricks": {"da" + "pi", "hex", 32, ""}, "dbt": {"db" + "tc_", "urlsafe", 40, ""}, "prefect": {"pn" + "u_", "alnum", 36, ""},
		"npm": {"np" + "m_", "alnum", 36, ""}, "pypi": {"py" + "pi-AgEI", "urlsafe", 150, ""}, "pulumi": {"pu" + "l-", "hex", 40, ""},
		"vault": {"hv" + "s.", "alnum", 90, ""}, "doppler": {"dp" + ".pt.", "alnum", 43, ""}, "tailscale": {"ts" + "key-auth-", "alnum", 20, "CNTRL"}, "postman": {"PM" + "AK-", "hex", 24, "-0123456789abcdef0123456789abcdef01"},
		"sentry": {"snt" + "rys_", "alnum", 80, ""}, "atlassian": {"ATA" + "TT3xFfGF0", "urlsafe", 180, ""}, "figma": {"fi" + "gd_", "urlsafe", 40, ""}, "notion": {"nt" + "n_", "alnum", 46, ""},
		"airtable": {"pa" + "tAbCdEfGhIjKl12.", "hex", 64, ""}, "planetscale": {"pscale" + "_tkn_", "urlsafe", 43, ""}, "supabase": {"sb" + "p_", "hex", 40, ""},
		"rubygems": {"rubygems" + "_", "hex", 48, ""}, "sonar": {"sq" + "u_", "hex", 40, ""}, "buildkite": {"bk" + "ua_", "hex", 40, ""},
	} {
		prefixed[name] = [4]string{v.prefix, v.alphabet, string(v.n), v.end}
	}
}

var odd = map[string]func(m maker) string{
	"pw":        maker.password,
	"quoted pw": func(m maker) string { return m.of(alnum, 6) + `\"` + m.of(alnum, 4) + `\\` + m.of(alnum, 4) },
	"pct pw":    func(m maker) string { return url.QueryEscape(m.of(alnum, 6) + "@/" + m.of(alnum, 6)) },
	"email":     func(m maker) string { return m.of(lowers, 6) + "." + m.of(lowers, 5) + "@" + m.of(lowers, 7) + ".com" },
	"email pct": func(m maker) string { return m.of(lowers, 6) + "%40" + m.of(lowers, 7) + ".com" },
	"uuid": func(m maker) string {
		return fmt.Sprintf("%s-%s-4%s-8%s-%s", m.of(hexes, 8), m.of(hexes, 4), m.of(hexes, 3), m.of(hexes, 3), m.of(hexes, 12))
	},
	"card": maker.card,
	"card spaced": func(m maker) string {
		c := m.card()
		return c[:4] + " " + c[4:8] + " " + c[8:12] + " " + c[12:]
	},
	"iban":         maker.iban,
	"ssn":          func(m maker) string { return "1" + m.of(digits, 2) + "-" + m.of(digits, 2) + "-" + m.of(digits, 4) },
	"jwt":          maker.jwt,
	"basic":        func(m maker) string { return base64.StdEncoding.EncodeToString([]byte("etl:" + m.of(alnum, 14))) },
	"azure secret": func(m maker) string { return m.of(alnum, 3) + "8Q~" + m.of(urlsafe, 34) },
	"slack hook": func(m maker) string {
		return "T" + m.of(uppers+digits, 8) + "/B" + m.of(uppers+digits, 8) + "/" + m.of(alnum, 24)
	},
	"sendgrid":     func(m maker) string { return "S" + "G." + m.of(urlsafe, 22) + "." + m.of(urlsafe, 43) },
	"snowflake":    func(m maker) string { return "ver:1-hint:12345-ETMs" + "DgAAA" + m.of(alnum, 180) + "=" },
	"terraform":    func(m maker) string { return m.of(alnum, 14) + ".atlas" + "v1." + m.of(alnum, 67) },
	"pem":          func(m maker) string { return m.block("RSA ", "\n") },
	"pem escaped":  func(m maker) string { return m.block("", `\n`) },
	"openssh":      func(m maker) string { return m.block("OPENSSH ", "\n") },
	"pem indented": func(m maker) string { return m.block("EC ", "\n  ") },
	"pem tail":     func(m maker) string { return m.lines(5) + "\n-----END RSA PRIVATE KEY-----" },
	"pem head":     func(m maker) string { return "-----BEGIN RSA PRIVATE KEY-----\n" + m.lines(5) },
	"pkcs8":        func(m maker) string { return "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + m.of(base64s, 800) + "==" },
	"pgp": func(m maker) string {
		return "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n" + m.lines(4) + "\n=" + m.of(base64s, 4) + "\n-----END PGP PRIVATE KEY BLOCK-----"
	},
	"b64 pem": func(m maker) string { return base64.StdEncoding.EncodeToString([]byte(m.block("RSA ", "\n"))) },
}

func (m maker) lines(n int) string {
	var out []string
	for range n {
		out = append(out, m.of(base64s, 64))
	}
	return strings.Join(out, "\n")
}

var secret = regexp.MustCompile(`«([^»]*)»`)

// fill puts secrets into a record of the corpus and lists them.
func (m maker) fill(record string) (text string, values []string) {
	text = secret.ReplaceAllStringFunc(record, func(name string) string {
		v := m.named(strings.Trim(name, "«»"))
		values = append(values, v)
		return v
	})
	return text, values
}

// jsonText is a text as it stands within a JSON string.
func jsonText(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw[1 : len(raw)-1])
}

func unJSON(s string) string {
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}

var blobs = regexp.MustCompile(`[A-Za-z0-9+/]{16,}=*`)

// wrappings are how a record reaches a log: what is put around it, and how a reader gets the record back.
var wrappings = []struct {
	name string
	wrap func(text string) string
	undo func(log string) string
}{
	{"plain", func(s string) string { return s }, nil},
	{"syslog", func(s string) string { return "<165>Nov 20 03:10:00 etl-worker-1 loader[4711]: " + s }, nil},
	{"airflow task log", func(s string) string {
		return "[2026-11-20T03:10:00.123+0000] {subprocess.py:93} INFO - " + s
	}, nil},
	{"spark log4j", func(s string) string {
		return "26/11/20 03:10:00 WARN TaskSetManager: Lost task 0.0 in stage 3.0: " + s
	}, nil},
	{"python trace", func(s string) string {
		return "Traceback (most recent call last):\n  File \"/opt/load.py\", line 31, in load\n    connect()\nValueError: " + s
	}, nil},
	{"java trace", func(s string) string {
		return "java.lang.IllegalStateException: " + s + "\n\tat com.shop.Load.run(Load.java:31)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\nCaused by: java.io.IOException: closed"
	}, nil},
	{"logfmt", func(s string) string {
		return "ts=2026-11-20T03:10:00Z level=error msg=\"" + jsonText(s) + "\" attempt=2"
	}, unJSON},
	{"json", func(s string) string {
		return `{"ts":"2026-11-20T03:10:00Z","level":"error","message":"` + jsonText(s) + `"}`
	}, unJSON},
	{"json twice", func(s string) string {
		return `{"log":"` + jsonText(`{"level":"error","message":"`+jsonText(s)+`"}`) + `\n","stream":"stdout"}`
	}, func(s string) string { return unJSON(unJSON(s)) }},
	{"cloudwatch export", func(s string) string {
		return `{"logGroup":"/aws/lambda/enrich","logStream":"2026/11/20/[$LATEST]0123456789abcdef","timestamp":1763608200123,"message":"` + jsonText("[ERROR]\t2026-11-20T03:10:00.123Z\t0f0e0d0c\t"+s) + `"}`
	}, unJSON},
	{"url-encoded", func(s string) string {
		return "POST /v1/logs?level=error&message=" + url.QueryEscape(s) + "&attempt=2 200"
	}, func(s string) string {
		out, _ := url.QueryUnescape(s)
		return out
	}},
	{"base64", func(s string) string {
		return "payload=" + base64.StdEncoding.EncodeToString([]byte("at load: "+s)) + " size=1"
	}, func(s string) string {
		return blobs.ReplaceAllStringFunc(s, func(b string) string {
			out, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(b, "="))
			return string(out)
		})
	}},
}

type tally struct{ found, missed int }

// leaks tells whether any stretch of a value that gives it away is in a text: the value, or a
// fourth of a long one.
func leaks(text, value string) bool {
	if len(value) <= 24 {
		return strings.Contains(text, value)
	}
	for i := 0; i+24 <= len(value); i += 8 {
		if strings.Contains(text, value[i:i+24]) && !strings.HasPrefix(value[i:], "-----") {
			return true
		}
	}
	return false
}

func TestSecretsInTheWildAreHidden(t *testing.T) {
	r := newRedactor(t)
	families, formats := map[string]*tally{}, map[string]*tally{}
	missed := map[string][]string{} // by record: the formats
	for i, w := range wild {
		for j, f := range wrappings {
			text, values := newMaker(uint64(1000*i + j)).fill(w[1])
			log := f.wrap(text)
			clean, _ := r.Text(log)
			read := clean
			if f.undo != nil {
				read = f.undo(clean)
			}
			for _, v := range values {
				for _, count := range []struct {
					of   map[string]*tally
					name string
				}{{families, w[0]}, {formats, f.name}} {
					if count.of[count.name] == nil {
						count.of[count.name] = &tally{}
					}
					if leaks(clean, v) || leaks(read, v) {
						count.of[count.name].missed++
					} else {
						count.of[count.name].found++
					}
				}
				if leaks(clean, v) || leaks(read, v) {
					missed[w[1]] = append(missed[w[1]], f.name)
				}
			}
			again, n := r.Text(clean)
			assert.Equal(t, clean, again, log)
			assert.Zero(t, n, clean)
		}
	}
	t.Log("\n" + table("family", families) + "\n" + table("format", formats))
	for _, w := range wild {
		assert.Empty(t, missed[w[1]], w[1])
	}
}

func table(of string, counts map[string]*tally) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tfound\tmissed\n", of)
	var names []string
	all := tally{}
	for name, c := range counts {
		names = append(names, name)
		all.found, all.missed = all.found+c.found, all.missed+c.missed
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(w, "%s\t%d\t%d\n", name, counts[name].found, counts[name].missed)
	}
	fmt.Fprintf(w, "all\t%d\t%d\n", all.found, all.missed)
	_ = w.Flush()
	return b.String()
}
