#!/usr/bin/env bash
# Measures what Pipewright and HolmesGPT add to a model that takes no time: both ask the same
# scripted model (aimock) the same question, both get the same three tool calls, and the tools
# return the same text. Prints a table. Nothing is installed outside of the folder $BENCH.
#
#   make build && deploy/bench/holmes.sh            # the first time: a few minutes, 700 MB
#   BENCH=/tmp/bench RUNS=20 deploy/bench/holmes.sh
#
# Needs bash, curl, awk, GNU time, Python 3.11 or newer and Node 20 or newer, and for the first
# run a package index for each.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bench=${BENCH:-${TMPDIR:-/tmp}/pipewright-bench}
runs=${RUNS:-10}
pipewright=${PIPEWRIGHT:-$here/../../bin/pipewright}
holmes_version=0.45.0 aimock_version=1.43.0
port=${PORT:-4719}
mkdir -p "$bench" && cd "$bench"

[ -x "$pipewright" ] || { echo "there is no $pipewright: run make build first, or set PIPEWRIGHT" >&2; exit 1; }
[ -x venv/bin/holmes ] || { python3 -m venv venv && venv/bin/pip install -q "holmesgpt==$holmes_version"; }
[ -d node_modules/@copilotkit/aimock ] || npm install --silent --no-audit --no-fund "@copilotkit/aimock@$aimock_version"

# A store with a failure in it, and the question.
resource=lambda:function/enrich_orders
question="why did $resource fail?"
[ -f demo.db ] || "$pipewright" demo --headless --for 8s --seed 7 --db demo.db >/dev/null

# The model: three calls at once, then an answer in Pipewright's form. HolmesGPT prints it as it is.
mkdir -p fixtures
cat > fixtures/model.json <<JSON
{"fixtures": [
  {"match": {"hasToolResult": false}, "response": {"toolCalls": [
    {"name": "search_logs", "arguments": {"resource": "$resource"}},
    {"name": "list_runs", "arguments": {"resource": "$resource"}},
    {"name": "recent_changes", "arguments": {"resource": "$resource"}}]}},
  {"match": {"hasToolResult": true}, "response": {"content":
    "{\"verdict\":\"no_action\",\"resources\":[\"$resource\"],\"claims\":[{\"text\":\"The newest records are cited here.\",\"evidence\":[\"e1\",\"e2\"]}],\"hypotheses\":[],\"proposals\":[],\"unknown\":[],\"choices\":[]}"}}
]}
JSON
node node_modules/@copilotkit/aimock/dist/cli.js -h 127.0.0.1 -p "$port" -f fixtures --log-level silent --chunk-size 4000 & model=$!
trap 'kill $model 2>/dev/null' EXIT
for _ in $(seq 50); do curl -fs "http://127.0.0.1:$port/__aimock/journal" >/dev/null && break; sleep 0.1; done

cat > pipewright.yaml <<YAML
systems: {plant: [{name: shop, url: "http://127.0.0.1:9"}]}   # nobody is there: the store is asked as it is
heal: {may_approve: [bench]}
llm: {vendor: openai, url: "http://127.0.0.1:$port/v1", model: gpt-4.1, key: {env: OPENAI_API_KEY}}
YAML
export OPENAI_API_KEY=sk-bench

# What Pipewright's tools return is what HolmesGPT's print.
mkdir -p data home
"$pipewright" ask -c pipewright.yaml --db demo.db --json "$question" > answer.json
python3 - <<'PY'
import json, urllib.request, os
port = os.environ.get("PORT", "4719")
journal = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/__aimock/journal"))
texts = [m["content"] for m in journal[-1]["body"]["messages"] if m["role"] == "tool"]
assert len(texts) == 3, "three tool calls were expected"
for name, text in zip(["search_logs", "list_runs", "recent_changes"], texts):
    open(f"data/{name}.txt", "w").write(text)
PY
cat > tools.yaml <<YAML
toolsets:
  bench:
    description: "Records of the pipelines"
    enabled: true
    tools:
$(for t in search_logs list_runs recent_changes; do printf '      - {name: %s, description: "%s of a resource", command: "cat %s/data/%s.txt # {{ resource }}"}\n' $t $t "$bench" $t; done)
YAML
# Only the tools that are called: no other toolset is loaded or checked.
{ echo "toolsets:"; venv/bin/python - <<'PY'
import glob, os, re, holmes
root = os.path.join(os.path.dirname(holmes.__file__), "plugins", "toolsets")
names = set()
for path in glob.glob(root + "/*.yaml"):
    names |= set(re.findall(r"^  ([a-z0-9_/.-]+):", open(path).read(), re.M))
for name in sorted(names | {"bash", "internet", "core_investigation", "runbook", "connectivity_check", "filesystem"}):
    print(f"  {name}: {{enabled: false}}")
PY
} > holmes.yaml

holmes() { HOME=$bench/home LITELLM_LOCAL_MODEL_COST_MAP=True OPENAI_API_BASE="http://127.0.0.1:$port/v1" HOLMES_POST_PROCESSING_PROMPT= \
  /usr/bin/time -a -o "$1" -f '%e %U %S %M' venv/bin/holmes "${@:2}" >holmes.out 2>holmes.err </dev/null; }
ours() { /usr/bin/time -a -o "$1" -f '%e %U %S %M' "$pipewright" "${@:2}" >ours.out 2>ours.err </dev/null; }

rm -f ./*.times
holmes warm.times version; holmes warm.times ask --config holmes.yaml -t tools.yaml --model openai/gpt-4.1 --no-interactive "$question"   # writes its caches
for _ in $(seq "$runs"); do
  ours ours-start.times --version
  ours ours-ask.times ask -c pipewright.yaml --db demo.db "$question"
  holmes holmes-start.times version
  holmes holmes-ask.times ask --config holmes.yaml -t tools.yaml --model openai/gpt-4.1 --no-interactive "$question"
done
grep -q "The newest records are cited here" ours.out || { echo "Pipewright did not answer through the model:" >&2; cat ours.out ours.err >&2; exit 1; }
grep -q "newest records" holmes.out || { echo "HolmesGPT did not answer:" >&2; cat holmes.out holmes.err >&2; exit 1; }
calls=$(curl -fs "http://127.0.0.1:$port/__aimock/journal?limit=2" | grep -o '"role":"tool"' | wc -l)

middle() { sort -n -k"$2" "$1" | awk -v c="$2" '{v[NR]=$c} END {print v[int((NR+1)/2)]}'; }
row() { # name, file ours, file theirs, column, factor, unit
  local a b; a=$(middle "$2" "$4"); b=$(middle "$3" "$4")
  awk -v n="$1" -v a="$a" -v b="$b" -v f="$5" -v u="$6" 'BEGIN {printf "| %-34s | %10.2f %-2s | %10.2f %-2s | 1/%.0f |\n", n, a*f, u, b*f, u, b/(a>0?a:0.005)}'
}
echo "$runs runs each, middle values; $calls tool results in the last exchanges; $(uname -m), $(nproc) cores"
echo "| what                               | Pipewright    | HolmesGPT $holmes_version | ratio |"
echo "|---|---|---|---|"
row "start-up (print the version)" ours-start.times holmes-start.times 1 1 s
row "question to answer, 3 tool calls" ours-ask.times holmes-ask.times 1 1 s
row "processor time of that" ours-ask.times holmes-ask.times 2 1 s
row "peak memory of that" ours-ask.times holmes-ask.times 4 0.0009765625 MB
