/*-------------------------------------------------------------------------
 *
 * test_guess.c
 *	  What is guessed of small files in the style of each kind of vendor.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "guess_fixture.h"

/* ---- trades ---- */

static void
test_taq(void)
{
	reset();
	guess_text("Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions\n"
			   "20220103,09:30:00.000001234,TRADE,ACME,101.25,100,ARCA,80000401\n"
			   "20220103,09:30:00.000001234,QUOTE BID,ACME,101.00,300,ARCA,00000001\n"
			   "20220103,09:30:01.100000000,QUOTE ASK NB,ACME,101.5,200,NASDAQ,00000001\n");
	CHECK_INT(guess.delimiter, ',');
	CHECK_INT(guess.quote, '"');
	CHECK(guess.header);
	CHECK_INT(guess.skip_lines, 0);
	CHECK_INT(guess.fields, 8);
	CHECK_INT(guess.columns, 8);
	CHECK_INT(guess.rows, 3);
	COLUMN(0, "date date (iso) !");
	COLUMN(1, "timestamp timestamp time (iso) @1 ns");
	COLUMN(2, "eventtype text");
	COLUMN(3, "ticker text symbol");
	COLUMN(4, "price double precision price");
	COLUMN(5, "quantity bigint size");
	COLUMN(6, "exchange text");
	COLUMN(7, "conditions text");
	CHECK_TEXT(guess.column[1].field, "Timestamp");
	CHECK_INT(guess.column[1].position, 2);
	CHECK(guess.has_days);
	CHECK_INT(guess.first_day, day_of(2022, 1, 3));
	CHECK_INT(guess.last_day, day_of(2022, 1, 3));
	CHECK(!guess.ambiguous_day_month);
	for (int i = 0; i < guess.columns; i++)
	{
		SILENT(i);
		CHECK(guess.column[i].rule[0] != '\0');
	}
	/* the evidence */
	CHECK_TEXT(guess.column[4].min, "101.00");
	CHECK_TEXT(guess.column[4].max, "101.5");
	CHECK_INT(guess.column[4].distinct, 3);
	CHECK_INT(guess.column[3].distinct, 1);
	CHECK_INT(guess.column[2].width, 12);
	CHECK_INT(guess.column[2].samples, 3);
	CHECK_TEXT(guess.column[2].sample[1], "QUOTE BID");
	CHECK_TEXT(guess.column[5].min, "100");
	CHECK_TEXT(guess.column[5].max, "300");
}

static void
test_pipe_taq(void)
{
	static const char *const text =
	"Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Stop Stock Indicator|Trade Correction Indicator|Trade Id|Participant Timestamp\n"
	"093000417837000|Z|A|@|300|45.88|N|00||093000417230000\n"
	"093001004985000|N|A| O  |10017|45.91|N|00||093001003301000\n"
	"093002099950000|D|A| 4 B|100|45.91|N|00||093002000000000\n"
	"END|20220103|3|||||||||\n";

	reset();
	options.trailer = "END|";
	options.has_date = true;
	guess_text(text);
	CHECK_INT(guess.delimiter, '|');
	CHECK(guess.header);
	CHECK_INT(guess.fields, 10);
	CHECK_INT(guess.rows, 3);
	COLUMN(0, "time timestamp time (hhmmssns) ns");
	COLUMN(1, "exchange text");
	COLUMN(2, "symbol text symbol");
	COLUMN(3, "sale_condition text");
	COLUMN(4, "trade_volume bigint size");
	COLUMN(5, "trade_price double precision price");
	COLUMN(6, "trade_stop_stock_indicator text");
	COLUMN(7, "trade_correction_indicator text");
	COLUMN(8, "trade_id text");
	COLUMN(9, "participant_timestamp time (hhmmssns) ns");
	CHECK_INT(guess.column[0].joined_with, 0);
	WARNED(8, "no values");
	CHECK_INT(guess.column[8].nulls, 3);
	/* blanks that mean something stay */
	CHECK_TEXT(guess.column[3].sample[1], " O  ");

	/* the trailer does not disturb even where nobody names it; without a date the time stays one */
	options.trailer = NULL;
	options.has_date = false;
	guess_text(text);
	CHECK_INT(guess.fields, 10);
	CHECK_INT(guess.rows, 3);
	COLUMN(0, "time time (hhmmssns) ns");
	WARNED(0, "without a date");
}

static void
test_wrds(void)
{
	reset();
	guess_text("DATE,TIME_M,EX,SYM_ROOT,SYM_SUFFIX,TR_SCOND,SIZE,PRICE,TR_CORR,TR_SEQNUM,TR_ID,TR_RF\n"
			   "2022-01-03,4:06:02.246831104,T,ACME,,TI,1,128.69,00,3680,62879130347078,\n"
			   "2022-01-03,4:06:13.327472896,T,ACME,,T,100,128.6,00,3692,62879130399818,\n"
			   "2022-01-03,14:06:13.327505920,P,ACME,,FTI,1,128.59,00,3693,62879130399819,\n");
	COLUMN(0, "date date (iso) !");
	COLUMN(1, "time_m timestamp time (iso) @1 ns");
	COLUMN(2, "ex text");
	COLUMN(3, "sym_root text symbol");
	COLUMN(4, "sym_suffix text");
	COLUMN(5, "tr_scond text");
	COLUMN(6, "size bigint size");
	COLUMN(7, "price double precision price");
	COLUMN(8, "tr_corr text");
	COLUMN(9, "tr_seqnum bigint");
	COLUMN(10, "tr_id bigint");
	COLUMN(11, "tr_rf text");
	CHECK_TEXT(guess.column[1].min, "4:06:02.246831104");
	CHECK_TEXT(guess.column[1].max, "14:06:13.327505920");

	guess_text("DATE,TIME_M,EX,BID,BIDSIZ,ASK,ASKSIZ,QU_COND,SYM_ROOT\n"
			   "2022-01-03,3:59:00.041571072,K,0,0,0,0,R,ACME\n"
			   "2022-01-03,4:00:00.050697472,K,57.6,1,147.5,2,R,ACME\n");
	COLUMN(3, "bid double precision bid");
	COLUMN(4, "bidsiz bigint bid_size");
	COLUMN(5, "ask double precision ask");
	COLUMN(6, "asksiz bigint ask_size");
	COLUMN(7, "qu_cond text");
	COLUMN(8, "sym_root text symbol");
}

static void
test_crypto(void)
{
	reset();
	guess_text("1315922016,5.800000000000,1.000000000000\n"
			   "1315922024,5.830000000000,3.000000000000\n"
			   "1315922024,5.900000000000,10.000000000000\n"
			   "1315922034,6.000000000000,20.000000000000\n");
	CHECK(!guess.header);
	COLUMN(0, "time timestamp time (s_epoch)");
	COLUMN(1, "price double precision price");
	COLUMN(2, "size double precision size");
	CHECK_INT(guess.first_day, day_of(2011, 9, 13));

	guess_text("id,price,amount,type\n"
			   "1356998659486096,13.51001,36.87,ask\n"
			   "1356998738639088,13.55999,11.68,bid\n");
	CHECK(guess.header);
	COLUMN(0, "id timestamp time (us_epoch)");
	COLUMN(1, "price double precision price");
	COLUMN(2, "amount double precision size");
	COLUMN(3, "type text");

	guess_text("id,timestamp,exchange.timestamp,price,volume,action,direction\n"
			   "65595247,1430438404518,1430438404000,236.47,200000000,created,bid\n"
			   "65595187,1430438404637,1430438340000,236.47,0,deleted,ask\n");
	COLUMN(0, "id bigint");
	COLUMN(1, "timestamp timestamp time (ms_epoch)");
	COLUMN(2, "exchange_timestamp timestamp (ms_epoch)");
	COLUMN(3, "price double precision price");
	COLUMN(4, "volume bigint size");
	COLUMN(5, "action text");
	COLUMN(6, "direction text");
	CHECK_TEXT(guess.column[2].field, "exchange.timestamp");

	guess_text("ts_recv,ts_event,instrument_id,side,price,size,symbol\n"
			   "1609732800023217706,1609732800023217000,4321,B,100.25,3,ESH1\n"
			   "1609732800023217806,1609732800023217001,4321,A,100.50,1,ESH1\n");
	COLUMN(0, "ts_recv timestamp time (ns_epoch) ns");
	COLUMN(1, "ts_event timestamp (ns_epoch) ns");
	COLUMN(2, "instrument_id bigint");
	COLUMN(6, "symbol text symbol");
}

static void
test_midnight(void)
{
	static const char *const text =
	"14400614,139400,500,P,20002020,0\n14404499,139400,500,P,2000,0\n22018359,139400,100,Q,2000,0\n22020517,139500,200,P,20002020,1";

	reset();
	options.has_date = true;
	options.has_symbol = true;
	guess_text(text);
	CHECK(!guess.header);
	CHECK_INT(guess.rows, 4);
	COLUMN(0, "time timestamp time (ms_midnight)");
	COLUMN(1, "c2 bigint");
	COLUMN(2, "c3 bigint");
	COLUMN(3, "c4 text");
	COLUMN(5, "c6 bigint");

	/* names that the caller knows speak as a header would */
	{
		static const TickString names[6] = {{"ts", 2}, {"price", 5}, {"size", 4}, {"exchange", 8}, {"cond", 4}, {"suspicious", 10}};

		options.names = 6;
		options.name = names;
		guess_text(text);
		CHECK(!guess.header);
		COLUMN(0, "ts timestamp time (ms_midnight)");
		COLUMN(1, "price double precision price");
		COLUMN(2, "size bigint size");
		COLUMN(4, "cond text");
		COLUMN(5, "suspicious bigint");
		CHECK_TEXT(guess.column[0].field, "");
		options.names = 0;
	}

	/* without a date there is nothing to join */
	options.has_date = false;
	guess_text(text);
	COLUMN(0, "c1 bigint");

	/* row numbers are no times */
	options.has_date = true;
	guess_text("1000,5.5,1\n1001,5.6,2\n1002,5.7,3\n1003,5.8,4\n");
	COLUMN(0, "c1 bigint");

	/* seconds, with a date in the file */
	options.has_date = false;
	guess_text("day,time,price,size\n2022-01-03,34200,1.5,10\n2022-01-03,34201,1.25,20\n");
	COLUMN(0, "day date (iso) !");
	COLUMN(1, "time timestamp time (s_midnight) @1");
	guess_text("day,time,price,size\n2022-01-03,34200.123456789,1.5,10\n2022-01-03,34201.5,1.25,20\n");
	COLUMN(1, "time timestamp time (s_midnight) @1 ns");

	/* HMMSS without its leading zero is not taken for milliseconds, nor is what it is with a fraction */
	guess_text("day,time,price\n2022-01-03,93000,1.5\n2022-01-03,100001,1.25\n");
	COLUMN(1, "time timestamp time (hmmss) @1");
	guess_text("day,time,price\n2022-01-03,93000123,1.5\n2022-01-03,100001456,1.25\n");
	COLUMN(1, "time timestamp time (hmmssms) @1");
	guess_text("day,time,price\n2022-01-03,93000123456789,1.5\n2022-01-03,100001123456789,1.25\n");
	COLUMN(1, "time timestamp time (hmmssns) @1 ns");
	guess_text("day,time,price\n2022-01-03,930,1.5\n2022-01-03,1001,1.25\n");
	COLUMN(1, "time timestamp time (hmm) @1");
	guess_text("20220103,0930,1.5\n20220103,1001,1.25\n");
	COLUMN(1, "time timestamp time (hmm) @1");
	/* a count whose digits could be a clock's stays one, the later in the day the surer */
	guess_text("day,time,price\n2022-01-03,34200123,1.5\n2022-01-03,34215000,1.25\n");
	COLUMN(1, "time timestamp time (ms_midnight) @1");
	/* HHMMSS can */
	guess_text("day,time,price\n2022-01-03,093000,1.5\n2022-01-03,100001,1.25\n");
	COLUMN(1, "time timestamp time (hhmmssns) @1");
}

static void
test_quotes(void)
{
	reset();
	guess_text("Epoch, Bid, Ask\n"
			   "20220103 21:37:57 140000,1.05185,1.05197\n"
			   "20220103 21:38:02 390000,1.05185,1.052\n");
	CHECK(guess.header);
	COLUMN(0, "epoch timestamp time (YYYYMMDD HH24:MI:SS US)");
	COLUMN(1, "bid double precision bid");
	COLUMN(2, "ask double precision ask");
	CHECK_TEXT(guess.column[1].field, "Bid");
	CHECK_INT(guess.first_day, day_of(2022, 1, 3));

	guess_text("20220103 21:37:57 140000,1.05185,1.05197\n"
			   "20220103 21:38:02 390000,1.05185,1.052\n");
	CHECK(!guess.header);
	COLUMN(0, "time timestamp time (YYYYMMDD HH24:MI:SS US)");
	COLUMN(1, "bid double precision bid");
	COLUMN(2, "ask double precision ask");

	guess_text("2022-01-03 21:37:57,1.052,1.0510\n2022-01-03 21:38:57,1.053,1.0520\n");
	COLUMN(1, "ask double precision ask");
	COLUMN(2, "bid double precision bid");

	guess_text("20220103 22:37:02 200000,\"Hello World\",1\n"
			   "20220104 23:38:04 400000,\"Commas, Spaces,,\",2\n"
			   "20220105 01:40:08 800000,\"\"\"\",4\n"
			   "20220106 02:41:10 000000,\"MultiByte char \xF0\x9F\x8D\xBA\",5");
	CHECK_INT(guess.rows, 4);
	COLUMN(1, "c2 text");
	COLUMN(2, "c3 bigint");
	CHECK_TEXT(guess.column[1].sample[1], "Commas, Spaces,,");
	CHECK_TEXT(guess.column[1].sample[2], "\"");
	CHECK_INT(guess.last_day, day_of(2022, 1, 6));

	/* a quote's own bars have no roles */
	options.has_date = true;
	guess_text("14400000,138400,138500,138300,138400,700,140200,140300,139500,139500,19500\n"
			   "14700000,138400,138400,138400,138400,700,139500,140100,139500,140000,100\n"
			   "14760000,138400,138400,138400,138400,700,140000,140000,139900,140000,100\n");
	COLUMN(0, "time timestamp time (ms_midnight)");
	COLUMN(1, "c2 bigint");
	COLUMN(5, "c6 bigint");
	COLUMN(10, "c11 bigint");
}

/* ---- bars ---- */

static void
test_bars(void)
{
	reset();
	guess_text("20220103 090100;126.35;126.39;126.35;126.39;1579\n"
			   "20220103 090200;134;134;133.9;134;300\n"
			   "20220103 090600;126.36;126.36;126.36;126.36;300\n");
	CHECK_INT(guess.delimiter, ';');
	COLUMN(0, "time timestamp time (iso)");
	COLUMN(1, "open double precision open");
	COLUMN(2, "high double precision high");
	COLUMN(3, "low double precision low");
	COLUMN(4, "close double precision close");
	COLUMN(5, "volume bigint volume");

	guess_text("2005-01-03 09:30:00,17.2389,17.2389,17.2318,17.2389,173492.0\n"
			   "2005-01-03 09:31:00,17.2389,17.2389,17.2246,17.2246,9646.0\n");
	COLUMN(0, "time timestamp time (iso)");
	COLUMN(4, "close double precision close");
	COLUMN(5, "volume double precision volume");

	/* blanks for alignment; a date alone; the symbol last */
	guess_text("2006-10-03, 24.5,  24.51, 23.79, 24.13, 19087300, XYZ\n"
			   "2006-10-03, 27.37, 27.48, 27.21, 27.37, 39386200, QRST\n"
			   "2006-10-04, 24.1,  25.1,  23.95, 25.03, 17869600, XYZ\n"
			   "2006-10-04, 27.39, 27.96, 27.37, 27.94, 82191200, QRST\n");
	COLUMN(0, "date date time (iso) # trim");
	COLUMN(1, "open double precision open trim");
	COLUMN(2, "high double precision high trim");
	COLUMN(5, "volume bigint volume trim");
	COLUMN(6, "symbol text symbol trim");
	CHECK_TEXT(guess.column[6].sample[0], "XYZ");
	CHECK_INT(guess.first_day, day_of(2006, 10, 3));
	CHECK_INT(guess.last_day, day_of(2006, 10, 4));

	guess_text("Date,open,high,low,close,tick_volume\r\n"
			   "2012-11-16 18:00:00,100282.0,100301.0,100076.00000000001,100136.0,4707\r\n"
			   "2012-11-16 19:00:00,100133.99999999999,100201.99999999999,100113.0,100119.0,3044\r\n");
	COLUMN(0, "ts timestamp time (iso)");
	COLUMN(1, "open double precision open");
	COLUMN(5, "tick_volume bigint volume");
	CHECK_TEXT(guess.column[0].field, "Date");
	SILENT(3);

	guess_text("Date Time,Open,High,Low,Close,Volume,Adj Close\n"
			   "2014-06-23 22:00:00,585.46,588.5,585.14,586.54,30.63,\n"
			   "2014-06-23 22:30:00,588.24,588.5,585.79,588.5,24.74,\n");
	COLUMN(0, "date_time timestamp time (iso)");
	COLUMN(4, "close double precision close");
	COLUMN(5, "volume double precision volume");
	COLUMN(6, "adj_close double precision");
	WARNED(6, "no values");

	guess_text("timestamp,open,high,low,close\n"
			   "2012-02-01 00:00:00+00:00,1.57608,1.57610,1.57585,1.57585\n"
			   "2012-02-01 00:01:00+00:00,1.57585,1.57591,1.57552,1.57552\n");
	COLUMN(0, "timestamp timestamptz time (iso)");
	COLUMN(1, "open double precision open");

	guess_text("date_time,open,high,low,close,cum_vol,cum_dollar,cum_ticks\n"
			   "2015-01-01 23:00:23.723,2053.0,2056.75,2051.0,2056.75,34102,70001096.75,8478\n"
			   "2015-01-02 07:07:35,2056.75,2067.25,2056.25,2064.0,33968,70010061.25,14514\n");
	COLUMN(0, "date_time timestamp time (iso)");
	COLUMN(5, "cum_vol bigint");
	COLUMN(6, "cum_dollar double precision");

	guess_text("Date,Time,Open,High,Low,Last,Volume,OpenInterest\n"
			   "2006-01-02,09:05:00,3578.73,3587.88,3578.73,3582.99,0,0\n"
			   "2006-01-02,09:10:00,3583.01,3588.40,3583.01,3588.03,0,0\n");
	COLUMN(0, "date date (iso) !");
	COLUMN(1, "time timestamp time (iso) @1");
	COLUMN(5, "last double precision close");
	COLUMN(6, "volume bigint volume");
	COLUMN(7, "openinterest bigint");

	/* integers can be bars too */
	options.has_date = true;
	guess_text("14400000,139400,139500,139400,139500,1000\n21960000,139400,139400,139400,139400,100\n22020000,139400,139400,139200,139200,900\n");
	COLUMN(1, "open bigint open");
	COLUMN(4, "close bigint close");
	COLUMN(5, "volume bigint volume");

	options.has_date = false;
	guess_text("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n"
			   "ACME,1,20220103,100000,1.5,1.6,1.4,1.5,10\nACME,1,20220103,100100,1.5,1.6,1.4,1.5,10\n");
	COLUMN(0, "ticker text symbol");
	COLUMN(2, "date date (iso) !");
	COLUMN(3, "time timestamp time (hhmmssns) @3");
	COLUMN(8, "vol bigint volume");

	/* close alone is a price */
	guess_text("date,symbol,close\n2022-01-03,ACME,1.5\n2022-01-04,ACME,1.75\n");
	COLUMN(0, "date date time (iso) #");
	COLUMN(2, "close double precision price");
}

/* ---- headers ---- */

static void
test_headers(void)
{
	reset();
	/* a name for a pair of fields: the rest moves by one */
	guess_text("Date,Open,High,Low,Close,Volume,OpenInterest\r\n"
			   "2006-01-02,09:01:00,3602.00,3603.00,3597.00,3599.00,5699,0\r\n"
			   "2006-01-02,09:02:00,3600.00,3601.00,3598.00,3599.00,894,0\r\n");
	CHECK(!guess.header);
	CHECK_INT(guess.skip_lines, 1);
	CHECK_INT(guess.fields, 8);
	CHECK_INT(guess.rows, 2);
	COLUMN(0, "c1 date (iso) !");
	COLUMN(1, "time timestamp time (iso) @1");
	COLUMN(2, "open double precision open");
	COLUMN(5, "close double precision close");
	COLUMN(6, "volume bigint volume");
	CHECK_TEXT(guess.column[0].field, "");
	CHECK_TEXT(guess.column[2].field, "Open");
	CHECK(guess.named);
	WARNED(0, "7 names");
	/* one name too many at the end, one too few, a nameless first field: where only one way suits */
	guess_text("ts,sym,price,size,\n2022-01-03 09:30:00,A,1.5,3\n2022-01-03 09:30:01,A,1.5,3\n");
	COLUMN(0, "ts timestamp time (iso)");
	COLUMN(3, "size bigint size");
	CHECK_TEXT(guess.column[3].field, "size");
	guess_text("ts,sym,price\n2022-01-03 09:30:00,A,1.5,3\n2022-01-03 09:30:01,A,1.5,3\n");
	COLUMN(2, "price double precision price");
	COLUMN(3, "c4 bigint");
	guess_text("ts,sym,price\nx,2022-01-03 09:30:00,A,1.5\ny,2022-01-03 09:30:01,A,1.5\n");
	COLUMN(0, "c1 text");
	COLUMN(1, "ts timestamp time (iso)");
	COLUMN(3, "price double precision price");
	/* both ways suit: no names */
	guess_text("price,size\n1.5,3,2\n2.5,3,2\n");
	CHECK(!guess.named);

	/* names that belong nowhere are not used */
	guess_text("a,b,c\n1,2,3,4\n1,2,3,5\n");
	CHECK(!guess.header);
	CHECK_INT(guess.skip_lines, 1);
	COLUMN(0, "c1 bigint");
	WARNED(0, "3 names");
}

/* ---- titles and comments before the rows ---- */

static void
test_titles(void)
{
	reset();
	guess_text("Trades of ACME\nfrom the archive\ntime,price,size\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK(guess.header);
	CHECK_INT(guess.skip_lines, 2);
	CHECK_INT(guess.rows, 2);
	COLUMN(1, "price double precision price");
	/* as wide as the rows */
	guess_text("Trades,of,ACME\ntime,price,size\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK(guess.header);
	CHECK_INT(guess.skip_lines, 1);
	CHECK_INT(guess.rows, 2);
	guess_text("Trades,,\ntime,price,size\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK_INT(guess.skip_lines, 1);
	/* a row without any value is no title */
	guess_text("sym,price,size\nA,NA,NA\nA,1.5,3\nA,1.5,3\n");
	CHECK_INT(guess.skip_lines, 0);
	CHECK_INT(guess.rows, 3);
	/* comments above the rows, unless the last one is the header */
	guess_text("# made by hand\n# twice\ntime,price,size\n2022-01-03 09:30:00,1.5,3\n# between\n2022-01-03 09:30:01,1.5,3\n");
	CHECK_INT(guess.comment, '#');
	CHECK_INT(guess.skip_lines, 0);
	CHECK_INT(guess.rows, 2);
	guess_text("#time,price,size\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK_INT(guess.comment, '\0');
	CHECK(guess.header);
	COLUMN(0, "time timestamp time (iso)");
	guess_text("Some title\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK(!guess.header);
	CHECK_INT(guess.skip_lines, 1);
	CHECK_INT(guess.rows, 2);

	/* a short row at the beginning is a bad row, no title */
	guess_text("2022-01-03 09:30:00,1.5\n2022-01-03 09:30:00,1.5,3\n2022-01-03 09:30:01,1.5,3\n");
	CHECK_INT(guess.skip_lines, 0);
	CHECK_INT(guess.rows, 2);

	/* said by the caller */
	options.header = 1;
	guess_text("1,2\n3,4\n");
	CHECK(guess.header);
	CHECK_INT(guess.rows, 1);
	CHECK_TEXT(guess.column[0].name, "1");
	options.header = -1;
	guess_text("time,price\n2022-01-03 09:30:00,1.5\n");
	CHECK(!guess.header);
	CHECK_INT(guess.rows, 2);
	COLUMN(0, "c1 text");
	options.header = 0;

	/* a header alone */
	guess_text("Date,Timestamp,Ticker,Price\n");
	CHECK(guess.header);
	CHECK_INT(guess.rows, 0);
	CHECK_INT(guess.columns, 4);
	COLUMN(2, "ticker text");
	guess_text("32");
	CHECK(!guess.header);
	CHECK_INT(guess.rows, 1);
	COLUMN(0, "c1 bigint");

	/* all text: by known names */
	guess_text("symbol,exchange\nACME,NYSE\nXYZ,ARCA\n");
	CHECK(guess.header);
	COLUMN(0, "symbol text symbol");
	guess_text("ACME,apples\nXYZ,pears\nACME,pears\n");
	CHECK(!guess.header);

	/* empty and doubled names, and a mark of byte order */
	guess_text("\xEF\xBB\xBF" "a,b, ,,a\n1,2,3,4,5\n6,7,8,9,10\n");
	CHECK(guess.header);
	CHECK_TEXT(guess.column[0].name, "a");
	CHECK_TEXT(guess.column[0].field, "a");
	CHECK_TEXT(guess.column[2].name, "c3");
	CHECK_TEXT(guess.column[3].name, "c4");
	CHECK_TEXT(guess.column[4].name, "a_2");

	/* comments and blank lines are nobody's header */
	options.comment = '#';
	guess_text("# made by hand\n\ntime,price\n\n2022-01-03 09:30:00,1.5\n");
	CHECK(guess.header);
	CHECK_INT(guess.skip_lines, 0);
	CHECK_INT(guess.rows, 1);
	options.comment = '\0';
}

static void
test_dialects(void)
{
	reset();
	guess_text("sym\tprice\nA,B\t1.5\nC,D\t2.5\n");
	CHECK_INT(guess.delimiter, '\t');
	guess_text("a;b;c\n1,5;2,5;x\n3;4,25;y\n");
	CHECK_INT(guess.delimiter, ';');
	CHECK_INT(guess.fields, 3);
	guess_text("one\n1\n2\n");
	CHECK_INT(guess.delimiter, ',');
	CHECK_INT(guess.fields, 1);
	guess_text("k,v\n1,\"a;b;c\"\n2,\"d;e;f\"\n3,\"g\nh;i;j\"\n");
	CHECK_INT(guess.delimiter, ',');
	CHECK_INT(guess.rows, 3);
	/* quotes that are none */
	guess_text("a|b\n1|\"x\n2|y\" z\n3|\"w\n4|u\n");
	CHECK_INT(guess.delimiter, '|');
	CHECK_INT(guess.quote, '\0');
	CHECK_INT(guess.rows, 4);
	options.has_quote = true;
	options.quote = '\'';
	guess_text("a,b\n1,'x,y'\n2,'z'\n");
	CHECK_INT(guess.quote, '\'');
	CHECK_INT(guess.fields, 2);
	options.has_quote = false;
	options.delimiter = ':';
	guess_text("a:b\n1:2\n");
	CHECK_INT(guess.delimiter, ':');
	CHECK_INT(guess.fields, 2);
	options.delimiter = '\0';

	/* the last line of a part of a file is left out */
	CHECK_INT(run("a,b\n1,2\n3,x", 11, false), TICK_OK);
	CHECK_INT(guess.rows, 1);
	COLUMN(1, "b bigint");
	CHECK_INT(run("a,b\n1,2\n3,x", 11, true), TICK_OK);
	CHECK_INT(guess.rows, 2);
	COLUMN(1, "b text");

	guess_text("");
	CHECK_INT(guess.columns, 0);
	guess_text("\r\n\r\n");
	CHECK_INT(guess.columns, 0);
	options.has_quote = true;
	options.quote = '"';
	CHECK_INT(run("\"never closed,1\n2,3\n", 20, true), TICK_BAD_INPUT);
	CHECK(strstr(error.message, "no record") != NULL);
	options.has_quote = false;
	CHECK_INT(run("\xFF\xFE" "a\0,\0", 6, true), TICK_BAD_INPUT);
	CHECK(strstr(error.message, "UTF-16") != NULL);
	CHECK_INT(run("\x1F\x8B\x08\x00", 4, true), TICK_BAD_INPUT);
	CHECK(strstr(error.message, "gzip") != NULL);
}

int
main(void)
{
	RUN(test_taq);
	RUN(test_pipe_taq);
	RUN(test_wrds);
	RUN(test_crypto);
	RUN(test_midnight);
	RUN(test_quotes);
	RUN(test_bars);
	RUN(test_headers);
	RUN(test_titles);
	RUN(test_dialects);
	reset();
	return unit_report("guess");
}
