# Prints the JSON Schema (draft 2020-12) of OCSF's compliance_finding with its cloud profile, as
# test/fixtures/schemas/ocsf-compliance-finding.json holds it.
import json
import sys

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.6.0")).get_class_schema(
    "compliance_finding", ["cloud"]
)
json.dump(schema, sys.stdout, sort_keys=True, separators=(",", ":"))
