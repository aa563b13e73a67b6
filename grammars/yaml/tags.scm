(block_mapping_pair
  key: (flow_node (plain_scalar (string_scalar) @name))
  (#not-eq? @name "<<")) @definition.field
(block_mapping_pair key: (flow_node [(double_quote_scalar) (single_quote_scalar)] @name)) @definition.field
(anchor (anchor_name) @name) @definition.constant

(alias (alias_name) @name) @reference.value
