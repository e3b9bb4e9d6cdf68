-- Use as single calls tell it, with who made them: it names people in the measured use, and what it leaves out stays nobody's.
ALTER TABLE usage_records
    DROP CONSTRAINT usage_records_role_check,
    ADD CONSTRAINT usage_records_role_check CHECK (role IN ('measured', 'attribution', 'included', 'named'));
