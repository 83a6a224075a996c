package method

// duckdbFunctions are the cleaning functions of the language for DuckDB. Each
// does what its namesake in calls.go does.
const duckdbFunctions = `CREATE OR REPLACE MACRO remit_code(x) AS trim(upper(regexp_replace(x, '[\x{00A0}\x{200B}\x{200C}\x{200D}\x{2060}\x{FEFF}]', '', 'g')), ' ' || chr(9) || chr(10) || chr(13));
CREATE OR REPLACE MACRO remit_loose_text(x) AS upper(rtrim(x, ' '));
CREATE OR REPLACE MACRO remit_joined(x) AS replace(remit_code(x), ' ', '');
CREATE OR REPLACE MACRO remit_postcode(x) AS CASE WHEN length(remit_joined(x)) < 5 THEN remit_joined(x)
  ELSE left(remit_joined(x), length(remit_joined(x)) - 3) || ' ' || right(remit_joined(x), 3) END;
CREATE OR REPLACE MACRO remit_ymd(y, m, d) AS coalesce(CASE WHEN TRY_CAST(y AS INTEGER) BETWEEN 1900 AND 2199
  THEN CAST(TRY_CAST(lpad(y, 4, '0') || '-' || lpad(m, 2, '0') || '-' || lpad(d, 2, '0') AS DATE) AS VARCHAR) END, '');
CREATE OR REPLACE MACRO remit_day_part(x) AS regexp_extract(trim(x, ' ' || chr(9) || chr(10) || chr(13)), '^[^ T]*');
CREATE OR REPLACE MACRO remit_date(x) AS CASE
  WHEN regexp_matches(x, '^\d{4}-\d{2}-\d{2}($|[ T])') THEN remit_ymd(x[1:4], x[6:7], x[9:10])
  WHEN regexp_matches(remit_day_part(x), '^4\d{4}(\.\d+)?$') THEN CAST(DATE '1899-12-30' + CAST(remit_day_part(x)[1:5] AS INTEGER) AS VARCHAR)
  WHEN regexp_matches(remit_day_part(x), '^\d{8}$') THEN remit_ymd(remit_day_part(x)[1:4], remit_day_part(x)[5:6], remit_day_part(x)[7:8])
  WHEN regexp_matches(remit_day_part(x), '^\d{4}(-\d{1,2}-|/\d{1,2}/)\d{1,2}$')
    THEN remit_ymd(string_split_regex(remit_day_part(x), '[-/]')[1], string_split_regex(remit_day_part(x), '[-/]')[2], string_split_regex(remit_day_part(x), '[-/]')[3])
  WHEN regexp_matches(upper(remit_day_part(x)), '^\d{1,2}-(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)-(\d{2}|\d{4})$')
    THEN remit_ymd(
      CASE WHEN length(string_split(remit_day_part(x), '-')[3]) = 4 THEN string_split(remit_day_part(x), '-')[3]
           WHEN string_split(remit_day_part(x), '-')[3] < '70' THEN '20' || string_split(remit_day_part(x), '-')[3]
           ELSE '19' || string_split(remit_day_part(x), '-')[3] END,
      CAST((instr('JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC', upper(string_split(remit_day_part(x), '-')[2])) + 2) // 3 AS VARCHAR),
      string_split(remit_day_part(x), '-')[1])
  WHEN regexp_matches(remit_day_part(x), '^\d{1,2}/\d{1,2}/\d{4}$') AND regexp_matches(upper(trim(x, ' ' || chr(9) || chr(10) || chr(13))), '[ T].*(AM|PM)$')
    THEN remit_ymd(string_split(remit_day_part(x), '/')[3], string_split(remit_day_part(x), '/')[1], string_split(remit_day_part(x), '/')[2])
  WHEN regexp_matches(remit_day_part(x), '^\d{1,2}(-\d{1,2}-|/\d{1,2}/)\d{4}$') AND NOT regexp_matches(upper(trim(x, ' ' || chr(9) || chr(10) || chr(13))), '[ T].*(AM|PM)$')
    THEN remit_ymd(string_split_regex(remit_day_part(x), '[-/]')[3], string_split_regex(remit_day_part(x), '[-/]')[2], string_split_regex(remit_day_part(x), '[-/]')[1])
  ELSE '' END;
CREATE OR REPLACE MACRO remit_year_parts(a, b) AS CASE
  WHEN CAST(a AS INTEGER) + (CASE WHEN length(a) = 2 THEN 2000 ELSE 0 END) NOT BETWEEN 2010 AND 2050 THEN ''
  WHEN length(b) = 2 AND CAST(b AS INTEGER) <> (CAST(a AS INTEGER) + 1) % 100 THEN ''
  WHEN length(b) = 4 AND CAST(b AS INTEGER) <> CAST(a AS INTEGER) + 1 THEN ''
  ELSE (CASE WHEN length(a) = 2 THEN '20' || a ELSE a END) || right(b, 2) END;
CREATE OR REPLACE MACRO remit_financial_year(x) AS CASE
  WHEN regexp_matches(remit_code(x), '^\d{6}$') THEN remit_year_parts(remit_code(x)[1:4], remit_code(x)[5:6])
  WHEN regexp_matches(remit_code(x), '^\d{4}$') THEN remit_year_parts(remit_code(x)[1:2], remit_code(x)[3:4])
  WHEN regexp_matches(remit_code(x), '^(\d{4}[-/](\d{2}|\d{4})|\d{2}[-/]\d{2})$')
    THEN remit_year_parts(string_split_regex(remit_code(x), '[-/]')[1], string_split_regex(remit_code(x), '[-/]')[2])
  ELSE '' END;
CREATE OR REPLACE MACRO remit_month(x) AS CASE
  WHEN regexp_matches(remit_code(x), '^0*([1-9]|1[0-3])$') THEN ltrim(remit_code(x), '0') ELSE '' END;
CREATE OR REPLACE MACRO remit_first_of_month(y, m) AS CASE
  WHEN NOT regexp_matches(y, '^\d{6}$') OR NOT regexp_matches(m, '^([1-9]|1[0-2])$') THEN ''
  WHEN (CAST(y[1:4] AS INTEGER) + 1) % 100 <> CAST(y[5:6] AS INTEGER) THEN ''
  WHEN CAST(m AS INTEGER) <= 9 THEN y[1:4] || '-' || lpad(CAST(CAST(m AS INTEGER) + 3 AS VARCHAR), 2, '0') || '-01'
  ELSE lpad(CAST(CAST(y[1:4] AS INTEGER) + 1 AS VARCHAR), 4, '0') || '-' || lpad(CAST(CAST(m AS INTEGER) - 9 AS VARCHAR), 2, '0') || '-01' END;
CREATE OR REPLACE MACRO remit_any_starts(x, starts) AS
  regexp_matches(replace(remit_code(x), '.', ''), '(^|[,;| ])(' || starts || ')');
CREATE OR REPLACE MACRO remit_shift_years(x, n) AS CASE WHEN x = '' THEN ''
  ELSE CAST(CAST(x AS DATE) + to_years(CAST(n AS INTEGER)) AS VARCHAR) END;
`
