// duckdb.js FOLDER SCRATCH RUNS: load the generated files into DuckDB, in order of (date, sym, time), and time the
// queries of SCRATCH/queries.  DUCKDB names the module.  Called by bench.sh.
const { DuckDBInstance } = require(process.env.DUCKDB);
const fs = require('fs');

const [data, scratch, runs] = process.argv.slice(2);
const columns = {
	trades: "'date':'DATE','time':'TIME','sym':'VARCHAR','exchange':'VARCHAR','price':'DOUBLE','size':'INTEGER','cond':'VARCHAR','seq':'BIGINT'",
	quotes: "'date':'DATE','time':'TIME','sym':'VARCHAR','exchange':'VARCHAR','bid':'DOUBLE','bsize':'INTEGER','ask':'DOUBLE','asize':'INTEGER'"
};
const seconds = (start) => Number(process.hrtime.bigint() - start) / 1e9;

async function load(connection, table, file)
{
	const start = process.hrtime.bigint();
	const before = fs.existsSync(file) ? fs.statSync(file).size : 0;

	await connection.run(`create table ${table} as select * from read_csv('${data}/${table}.csv.gz', header=true, auto_detect=false, ` +
		`delim=',', columns={${columns[table]}}) order by date, sym, time`);
	await connection.run('checkpoint');
	console.log('load', table, seconds(start).toFixed(2), fs.statSync(file).size - before);
}

async function time(connection, name, text)
{
	const times = [];

	for (let i = 0; i <= runs; i++)
	{
		const start = process.hrtime.bigint();
		const result = await connection.run(text);

		await result.fetchAllChunks();
		if (i > 0)
			times.push(seconds(start) * 1000);
	}
	times.sort((a, b) => a - b);
	console.log('query', name, times[(times.length - 1) >> 1].toFixed(3));
}

async function main()
{
	const file = `${scratch}/data.duckdb`;
	const instance = await DuckDBInstance.create(file);
	const connection = await instance.connect();

	await load(connection, 'trades', file);
	await load(connection, 'quotes', file);
	await connection.run(`create table sectors as select * from read_csv('${data}/sectors.csv', header=true)`);
	await connection.run(`create table sector_tags as select sym, sector from sectors union all select sym, 'Tagged' from sectors where length(sym)=3`);
	for (const [, name, text] of fs.readFileSync(`${scratch}/queries`, 'utf8').matchAll(/-- name: (\S+)\n([^]*?)(?=-- name:|$)/g))
		await time(connection, name, text.trim());
	connection.closeSync();
	instance.closeSync();
}

main().catch((error) => { console.error(error); process.exit(1); });
