[(block) (anonymous_hash_expression) (anonymous_array_expression)] @block
