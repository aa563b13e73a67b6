[(block) (keyframe_block_list)] @block
