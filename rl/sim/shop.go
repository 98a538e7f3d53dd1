package sim

import (
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	shopDB        pipewright.ResourceID = "postgres:db/shop"
	tableOrders   pipewright.ResourceID = "postgres:table/shop.orders"
	tableCust     pipewright.ResourceID = "postgres:table/shop.customers"
	tablePay      pipewright.ResourceID = "postgres:table/shop.payments"
	dmsTask       pipewright.ResourceID = "dms:task/shop_cdc"
	rawBucket     pipewright.ResourceID = "s3:bucket/raw"
	worker1       pipewright.ResourceID = "ec2:instance/etl-worker-1"
	worker2       pipewright.ResourceID = "ec2:instance/etl-worker-2"
	dagOrders     pipewright.ResourceID = "airflow:dag/orders"
	taskExtract   pipewright.ResourceID = "airflow:task/orders.extract"
	taskValidate  pipewright.ResourceID = "airflow:task/orders.validate"
	taskTransform pipewright.ResourceID = "airflow:task/orders.transform"
	taskLoad      pipewright.ResourceID = "airflow:task/orders.load"
	dagCust       pipewright.ResourceID = "airflow:dag/customers"
	custExtract   pipewright.ResourceID = "airflow:task/customers.extract"
	custLoad      pipewright.ResourceID = "airflow:task/customers.load"
	glueOrders    pipewright.ResourceID = "glue:job/orders_etl"
	glueCust      pipewright.ResourceID = "glue:job/customers_etl"
	glueBackfill  pipewright.ResourceID = "glue:job/orders_backfill"
	kafkaOrders   pipewright.ResourceID = "kafka:topic/orders"
	lambdaEnrich  pipewright.ResourceID = "lambda:function/enrich_orders"
	warehouseID   pipewright.ResourceID = "redshift:cluster/warehouse"
	factOrders    pipewright.ResourceID = "redshift:table/fact_orders"
	dimCust       pipewright.ResourceID = "redshift:table/dim_customers"
	featureStore  pipewright.ResourceID = "feature:store/orders"
	scorer        pipewright.ResourceID = "k8s:deployment/fraud-scorer"
	fraudModel    pipewright.ResourceID = "mlflow:model/fraud"
)

// place is one resource of the shop. every and expected are zero for what does
// not run on a schedule.
type place struct {
	id        pipewright.ResourceID
	team      string
	env       string // empty: prod
	protected bool
	every     time.Duration
	expected  time.Duration
}

// shop lists every resource, in the order of the flow of data.
var shop = []place{
	{id: shopDB, team: "shop"},
	{id: tableOrders, team: "shop"},
	{id: tableCust, team: "shop"},
	{id: tablePay, team: "shop"},
	{id: dmsTask, team: "data"},
	{id: rawBucket, team: "data"},
	{id: worker1, team: "data"},
	{id: worker2, team: "data"},
	{id: dagOrders, team: "data", every: 15 * minute, expected: 240 * time.Second},
	{id: taskExtract, team: "data", every: 15 * minute, expected: 50 * time.Second},
	{id: taskValidate, team: "data", every: 15 * minute, expected: 30 * time.Second},
	{id: taskTransform, team: "data", every: 15 * minute, expected: 90 * time.Second},
	{id: taskLoad, team: "data", every: 15 * minute, expected: 50 * time.Second},
	{id: dagCust, team: "data", every: 30 * minute, expected: 120 * time.Second},
	{id: custExtract, team: "data", every: 30 * minute, expected: 60 * time.Second},
	{id: custLoad, team: "data", every: 30 * minute, expected: 45 * time.Second},
	{id: glueOrders, team: "data", every: 15 * minute, expected: 220 * time.Second},
	{id: glueCust, team: "data", every: 30 * minute, expected: 180 * time.Second},
	{id: glueBackfill, team: "data", env: "staging", every: time.Hour, expected: 300 * time.Second},
	{id: kafkaOrders, team: "shop"},
	{id: lambdaEnrich, team: "shop", every: 5 * minute, expected: 12 * time.Second},
	{id: warehouseID, team: "data"},
	{id: factOrders, team: "data"},
	{id: dimCust, team: "data", protected: true},
	{id: featureStore, team: "ml", every: 30 * minute, expected: 60 * time.Second},
	{id: fraudModel, team: "ml"},
	{id: scorer, team: "ml"},
}

// flow is the lineage: what is downstream of what, or runs on it.
var flow = [][2]pipewright.ResourceID{
	{shopDB, tableOrders}, {shopDB, tableCust}, {shopDB, tablePay},
	{tableOrders, dmsTask}, {tableCust, dmsTask}, {tablePay, dmsTask}, {dmsTask, rawBucket},
	{rawBucket, taskExtract}, {tableOrders, taskExtract}, {worker1, taskExtract}, {worker1, taskValidate},
	{taskExtract, taskValidate}, {taskValidate, taskTransform}, {taskTransform, taskLoad},
	{worker2, taskTransform}, {worker2, taskLoad}, {taskLoad, dagOrders},
	{rawBucket, custExtract}, {tableCust, custExtract}, {worker2, custExtract}, {worker2, custLoad},
	{custExtract, custLoad}, {custLoad, dagCust},
	{dagOrders, glueOrders}, {tablePay, glueOrders}, {dagCust, glueCust}, {dagOrders, glueBackfill},
	{kafkaOrders, lambdaEnrich}, {tableCust, lambdaEnrich}, {lambdaEnrich, factOrders},
	{warehouseID, factOrders}, {warehouseID, dimCust}, {warehouseID, taskLoad}, {warehouseID, custLoad},
	{warehouseID, glueOrders}, {warehouseID, glueCust},
	{glueOrders, factOrders}, {glueCust, dimCust},
	{factOrders, featureStore}, {dimCust, featureStore}, {featureStore, scorer}, {fraudModel, scorer},
}

func placeOf(id pipewright.ResourceID) place {
	for _, r := range shop {
		if r.id == id {
			return r
		}
	}
	panic("sim: no such place " + string(id)) // only called with the constants above
}

func (r place) labels() map[string]string {
	l := map[string]string{"env": "prod", "team": r.team}
	if r.env != "" {
		l["env"] = r.env
	}
	if r.protected {
		l["protected"] = "true"
	}
	if r.every > 0 {
		l["schedule"] = strconv.Itoa(int(r.every/minute)) + "m"
		l["expected_seconds"] = strconv.Itoa(int(r.expected / time.Second))
	}
	return l
}

// build puts the machinery of the shop together, before anything runs.
func (p *Plant) build() {
	p.db, p.wh = &link{to: shopDB}, &link{to: warehouseID}
	p.workers = []*worker{{id: worker1, n: 1}, {id: worker2, n: 2}}
	p.tables = newTables()
	p.warehouse = warehouse{slots: 6}
	p.cdc = cdc{lag: 3}
	p.serving = newServing()
	p.function = function{version: 12}
	p.buildJobs()
	p.faultKinds = p.kindsOfFault()
	p.every(p.origin, always(minute), p.minute)
	p.scheduleJobs()
	p.scheduleChatter()
}

// minute moves what changes continuously.
func (p *Plant) minute() {
	p.stepWarehouse()
	p.stepCDC()
	p.stepSurge()
}
