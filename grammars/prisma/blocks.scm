[(model_block) (enum_block) (key_value_block)] @block
