(import_clause moduleName: (upper_case_qid) @path) @import
(import_clause
  moduleName: (upper_case_qid) @path
  exposing: (exposing_list [
    (exposed_value (lower_case_identifier) @name)
    (exposed_type (upper_case_identifier) @name)
  ])) @import
