# The real lab: PostgreSQL and Airflow on loopback, and how to break them. See deploy/lab/README.md.

LAB := deploy/lab/lab

.PHONY: lab lab-down lab-status lab-logs lab-break lab-reveal lab-mend lab-aws lab-aws-down

lab: ## start the real lab (installs what is missing)
	@$(LAB) up

lab-down: ## stop the lab; its data stays in .lab
	@$(LAB) down

lab-status: ## what runs, which fault is in place, the last runs
	@$(LAB) status

lab-logs: ## the end of every log
	@$(LAB) logs

lab-break: ## break it: FAULT=renamed_column|type_changed|table_lock|source_refused|sessions_exhausted|random|a file of deploy/experiments
	@FAULT='$(FAULT)' $(LAB) break

lab-reveal: ## say which fault a random one was
	@$(LAB) reveal

lab-mend: ## put everything back
	@$(LAB) mend

lab-aws: ## start the stand-in for Glue and CloudWatch Logs: FAULT=memory|schema|...
	@FAULT='$(FAULT)' $(LAB) aws-up

lab-aws-down: ## stop it
	@$(LAB) aws-down
