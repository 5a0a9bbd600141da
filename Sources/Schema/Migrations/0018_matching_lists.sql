-- Lists of suspected duplicates by area, and contradictions, without reading the whole queue.

CREATE INDEX pair_area ON matching.pair (area_order, bits DESC, id) WHERE state IN ('open', 'unsure');
CREATE INDEX pair_different ON matching.pair (updated_at DESC) WHERE state = 'different';
CREATE INDEX pair_same_low ON matching.pair (low_id) WHERE state = 'same';
CREATE INDEX pair_same_high ON matching.pair (high_id) WHERE state = 'same';
