"""An assessment as something to keep: report, PDF, spreadsheet, CSV, charts and preview card."""
