"""Builds whose reports are as different as reports are."""

#: Name -> the question.
SCENARIOS = {
    "workstation": (
        "cpu=amd-ryzen-9-9950x&gpu=nvidia-geforce-rtx-5090&module=udimm-ddr5-5600-48gb&modules=4"
    ),
    "server with four kinds of cards": (
        "cpu=amd-epyc-9554p&module=rdimm-ddr5-4800-32gb&modules=12"
        "&gpu=nvidia-rtx-pro-6000-blackwell-workstation-edition&gpus=8"
        "&gpu2=nvidia-geforce-rtx-4090&gpus2=2&gpu3=nvidia-geforce-rtx-3090"
        "&gpu4=nvidia-geforce-rtx-5080&model=llama-3.3-70b-instruct&years=4&demand=100"
        "&cooling=0.4&shipping=300&spares=0.1&loss=0.3&admin_hours=4&admin_rate=80"
        "&use_case=agent-step&currency=CHF"
    ),
    "no card, memory not chosen": (
        "cpu=amd-epyc-9654&model=deepseek-v3&quant=q4_k_m&use_case=uc3&currency=USD"
    ),
}
